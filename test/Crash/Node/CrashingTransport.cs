using Cap.Transport;

namespace Cap.Crash.Node;

/// <summary>The real transport with a crash point before, within and after each step.</summary>
internal sealed class CrashingTransport(ITransport inner, CrashPoints points) : ITransport
{
    public string Description => inner.Description;

    public async Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop)
    {
        points.Pass("send.before");
        if (points.IsDue("send.half"))
        {
            await inner.SendAsync([.. messages.Take((messages.Count + 1) / 2)], stop);
            CrashPoints.Die("send.half");
        }
        var results = await inner.SendAsync(messages, stop);
        points.Pass("send.after");
        return results;
    }

    public async Task<ISubscription> SubscribeAsync(SubscribeRequest request, CancellationToken stop) =>
        new CrashingSubscription(await inner.SubscribeAsync(request, stop), points);

    public Task CheckAsync(CancellationToken stop) => inner.CheckAsync(stop);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
