using Cap.Transport;

namespace Cap.InMemory;

/// <summary>A message on its way to every group that wants it. Confirmed when the last one has acknowledged it.</summary>
internal sealed class Parcel(TransportMessage message, Shipment shipment, int index)
{
    private int _expected;

    public TransportMessage Message { get; } = message;

    public Shipment Shipment { get; } = shipment;

    public int Index { get; } = index;

    /// <summary>How many groups have to acknowledge. Said before the first one can.</summary>
    public void Expect(int groups) => _expected = groups;

    /// <summary>One group has stored it.</summary>
    public void Acknowledge()
    {
        if (Interlocked.Decrement(ref _expected) == 0)
            Shipment.Settle(Index, SendResult.Confirmed);
    }
}
