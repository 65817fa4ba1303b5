using Cap.Transport;

namespace Cap.InMemory;

/// <summary>A delivery of a group's queue. The number keeps the queue's order when it goes back.</summary>
internal sealed class InProcessDelivery(Parcel parcel, long number, bool redelivered) : Delivery(parcel.Message, redelivered)
{
    private volatile bool _isBack;

    public Parcel Parcel { get; } = parcel;

    public long Number { get; } = number;

    /// <inheritdoc/>
    public override bool IsVoid => _isBack || Parcel.Shipment.IsClosed;

    /// <summary>Its subscription ended, and it goes back to the queue as another delivery.</summary>
    public void GiveBack() => _isBack = true;
}
