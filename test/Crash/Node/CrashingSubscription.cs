using Cap.Transport;

namespace Cap.Crash.Node;

/// <summary>A real subscription with a crash point after each step.</summary>
internal sealed class CrashingSubscription(ISubscription inner, CrashPoints points) : ISubscription
{
    public async ValueTask<IReadOnlyList<Delivery>> ReadAsync(int max, CancellationToken stop)
    {
        var deliveries = await inner.ReadAsync(max, stop);
        points.Pass("intake.read");
        return deliveries;
    }

    public async Task AcknowledgeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stop)
    {
        await inner.AcknowledgeAsync(deliveries, stop);
        points.Pass("intake.acknowledged");
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
