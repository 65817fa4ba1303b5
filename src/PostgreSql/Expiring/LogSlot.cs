namespace Cap.PostgreSql;

/// <summary>A slot of the log's ring: empty until opened, then open until closed, then waiting to be emptied.</summary>
/// <param name="Slot">Its number.</param>
/// <param name="OpenFor">How long ago it was opened; null while it is empty.</param>
/// <param name="ClosedFor">How long ago it was closed; null while it is open or empty.</param>
internal sealed record LogSlot(int Slot, TimeSpan? OpenFor, TimeSpan? ClosedFor)
{
    public bool IsEmpty => OpenFor is null;

    public bool IsOpen => OpenFor is not null && ClosedFor is null;
}
