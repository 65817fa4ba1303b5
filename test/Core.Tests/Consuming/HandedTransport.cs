using System.Collections.Concurrent;
using System.Threading.Channels;
using Cap.Transport;

namespace Cap.Core.Tests.Consuming;

/// <summary>A broker that delivers to group "one" what a test hands it, one batch a read, and nothing to other groups.</summary>
internal sealed class HandedTransport : ITransport
{
    private readonly Channel<HandedDelivery[]> _batches = Channel.CreateUnbounded<HandedDelivery[]>();
    private readonly ConcurrentQueue<Delivery> _acknowledged = new();
    private readonly ConcurrentQueue<int> _refusedBeforeSending = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? _fault;
    private volatile Exception? _subscribeFault;
    private int _refused;

    /// <summary>Why no group can subscribe at a broker that is there; null when they can.</summary>
    public Exception? SubscribeFault
    {
        get => _subscribeFault;
        set => _subscribeFault = value;
    }

    /// <summary>Why the broker is away; null while it is there.</summary>
    public Exception? Fault
    {
        get => _fault;
        set => _fault = value;
    }

    public string Description => "a test";

    /// <summary>Ends when the node takes no more.</summary>
    public Task Closed => _closed.Task;

    /// <summary>How often group "one" is refused.</summary>
    public int Refusals { get; set; }

    /// <summary>How often group "one" had been refused when each message was sent.</summary>
    public IReadOnlyList<int> RefusedBeforeSending => [.. _refusedBeforeSending];

    /// <summary>Batches nobody has read.</summary>
    public int Waiting => _batches.Reader.Count;

    /// <summary>What was acknowledged, in order.</summary>
    public IReadOnlyList<Delivery> Acknowledged => [.. _acknowledged];

    public void Deliver(params HandedDelivery[] batch) => _batches.Writer.TryWrite(batch);

    public Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop)
    {
        foreach (var _ in messages)
            _refusedBeforeSending.Enqueue(Volatile.Read(ref _refused));
        return Task.FromResult<IReadOnlyList<SendResult>>([.. messages.Select(_ => SendResult.Confirmed)]);
    }

    public Task<ISubscription> SubscribeAsync(SubscribeRequest request, CancellationToken stop)
    {
        if ((Fault ?? SubscribeFault) is { } fault)
            throw fault;
        var isServed = request.Group.StartsWith("one", StringComparison.Ordinal);
        if (isServed && Volatile.Read(ref _refused) < Refusals)
        {
            Interlocked.Increment(ref _refused);
            throw new CapException("not now");
        }
        return Task.FromResult<ISubscription>(new Subscription(this, isServed));
    }

    public Task CheckAsync(CancellationToken stop) => Fault is { } fault ? Task.FromException(fault) : Task.CompletedTask;

    public ValueTask DisposeAsync() => default;

    private sealed class Subscription(HandedTransport broker, bool isServed) : ISubscription
    {
        public async ValueTask<IReadOnlyList<Delivery>> ReadAsync(int max, CancellationToken stop)
        {
            using var _ = stop.Register(() => broker._closed.TrySetResult());
            if (!isServed)
                await Task.Delay(Timeout.Infinite, stop);
            return await broker._batches.Reader.ReadAsync(stop);
        }

        public Task AcknowledgeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var delivery in deliveries)
                broker._acknowledged.Enqueue(delivery);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }
}
