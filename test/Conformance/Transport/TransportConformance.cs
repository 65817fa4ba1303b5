using Cap.Messages;
using Cap.Transport;

namespace Cap.Conformance;

/// <summary>
/// Every promise of <see cref="ITransport"/> and <see cref="ISubscription"/>. A driver inherits it and says how to make one.
/// A send may end only when its messages are acknowledged (the in-process transport), so no test awaits one before it reads.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit calls IAsyncLifetime.DisposeAsync.")]
public abstract partial class TransportConformance : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _patience = new();
    private int _lastGroup;

    /// <summary>The transport of this test: no other test uses its exchange or queues.</summary>
    protected ITransport Transport { get; private set; } = null!;

    /// <summary>Part of every queue name of this test.</summary>
    protected string Unique { get; } = Guid.NewGuid().ToString("N")[..12];

    /// <summary>Ends everything that takes longer than a test may.</summary>
    protected CancellationToken Stop => _patience.Token;

    /// <summary>
    /// Whether messages of one name that are sent together travel as one: they come again together until all of them are acknowledged, and
    /// there is no order between names.
    /// </summary>
    protected virtual bool Bundles => false;

    /// <summary>Makes a transport whose names and queues no other test uses.</summary>
    protected abstract Task<ITransport> CreateTransportAsync();

    public virtual async Task InitializeAsync()
    {
        Transport = await CreateTransportAsync();
        _patience.CancelAfter(Patience);
    }

    public virtual async Task DisposeAsync()
    {
        await Transport.DisposeAsync();
        _patience.Dispose();
    }

    protected string NewGroup() => $"cap-test-{Unique}-{Interlocked.Increment(ref _lastGroup)}";

    protected Task<ISubscription> SubscribeAsync(string group, params string[] names) => SubscribeAsync(group, 1000, names);

    protected Task<ISubscription> SubscribeAsync(string group, int prefetch, params string[] names) =>
        Transport.SubscribeAsync(new(group, names, prefetch), Stop);

    protected async Task<SendResult> SendOneAsync(TransportMessage message) => (await Transport.SendAsync([message], Stop))[0];

    protected static TransportMessage NewMessage(string name, string id) => new(name, new Dictionary<string, string?> { [Headers.MessageId] = id }, "{}"u8.ToArray());

    protected static TransportMessage[] NewMessages(string name, int count, int from = 0) =>
        [.. Enumerable.Range(from, count).Select(i => NewMessage(name, $"{i}"))];

    protected static string IdOf(Delivery delivery) => delivery.Message.Headers[Headers.MessageId]!;

    protected static IEnumerable<string> Ids(int count, int from = 0) => Enumerable.Range(from, count).Select(i => $"{i}");

    /// <summary>Reads until <paramref name="count"/> deliveries have come, without acknowledging.</summary>
    protected async Task<List<Delivery>> ReadAsync(ISubscription subscription, int count)
    {
        var read = new List<Delivery>();
        while (read.Count < count)
            read.AddRange(await subscription.ReadAsync(count - read.Count, Stop));
        return read;
    }

    /// <summary>Reads and acknowledges until <paramref name="count"/> deliveries have come.</summary>
    protected async Task<List<Delivery>> TakeAsync(ISubscription subscription, int count)
    {
        var taken = new List<Delivery>();
        while (taken.Count < count)
        {
            var read = await subscription.ReadAsync(count - taken.Count, Stop);
            await subscription.AcknowledgeAsync(read, Stop);
            taken.AddRange(read);
        }
        return taken;
    }

    protected static async Task AllConfirmedAsync(Task<IReadOnlyList<SendResult>> sending) =>
        Assert.All(await sending, result => Assert.True(result.Outcome == SendOutcome.Confirmed, $"{result.Outcome}: {result.Error}"));

    /// <summary>Nothing comes for a little while: a negative can only be waited for.</summary>
    protected static async Task NothingComesAsync(ISubscription subscription)
    {
        using var little = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var read = await subscription.ReadAsync(1, little.Token);
            Assert.Fail($"'{IdOf(read[0])}' was delivered.");
        });
    }
}
