namespace Cap.PostgreSql;

/// <summary>A moment that <see cref="KeyedCursors"/> waits behind.</summary>
/// <param name="Newest">The newest row id.</param>
/// <param name="Writers">The transactions that may have taken an id up to it and had not ended.</param>
/// <param name="ServerStart">When the server was started.</param>
internal sealed record CursorMark(long Newest, HashSet<string> Writers, DateTimeOffset ServerStart);
