namespace Cap.PostgreSql;

/// <summary>A moment that <see cref="KeyedCursors"/> waits behind.</summary>
/// <param name="Newest">The newest row id.</param>
/// <param name="Writers">The transactions that may have taken an id up to it and had not ended.</param>
/// <param name="ServerStart">When the server was started.</param>
internal sealed record CursorMark(long Newest, HashSet<string> Writers, DateTimeOffset ServerStart)
{
    /// <summary>
    /// Whether a writer is a transaction prepared for a two-phase commit. Its name (<c>-1/</c> and its xid) is another than it had before, so
    /// it may be one of those that were waited for.
    /// </summary>
    public static bool IsPrepared(string writer) => writer.StartsWith("-1/", StringComparison.Ordinal);
}
