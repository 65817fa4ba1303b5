using Cap.Transport;

namespace Cap.InMemory;

/// <summary>A delivery of a group's queue. The number keeps the queue's order when it goes back.</summary>
internal sealed class InProcessDelivery(Parcel parcel, long number, bool redelivered) : Delivery(parcel.Message, redelivered)
{
    public Parcel Parcel { get; } = parcel;

    public long Number { get; } = number;
}
