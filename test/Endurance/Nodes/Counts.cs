namespace Cap.Endurance;

/// <summary>What a node has done.</summary>
internal sealed class Counts
{
    private long _published;
    private long _handled;

    public long PublishedCount => Interlocked.Read(ref _published);

    public long HandledCount => Interlocked.Read(ref _handled);

    public void Published(int count) => Interlocked.Add(ref _published, count);

    public void Handled() => Interlocked.Increment(ref _handled);
}
