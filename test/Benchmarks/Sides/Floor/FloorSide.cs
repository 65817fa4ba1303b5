using Npgsql;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>
/// The same durable steps as Cap's, as tight as they can be written by hand for one process that never fails: no leases, no retries, no other
/// node, no stop.
/// </summary>
internal sealed class FloorSide(MeasurePlan plan) : ISide
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Handled _handled = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<FloorRelay> _relays = [];
    private readonly List<Task> _loops = [];
    private long _sent;
    private long _settled;

    public long HandledCount => _handled.Count;

    public Action<long>? OnHandling
    {
        set => _handled.OnHandling = value;
    }

    public async Task StartAsync()
    {
        await FloorTables.CreateAsync(plan);
        if (!plan.Consumes)
            return;
        var factory = new ConnectionFactory { Uri = new(plan.RabbitMQ), AutomaticRecoveryEnabled = false };
        if (plan.Counts)
            factory.SocketFactory = FrameCounter.SocketFactory;
        var (sending, receiving) = (await factory.CreateConnectionAsync(), await factory.CreateConnectionAsync());
        _open.AddRange([sending, receiving]);

        var queue = $"{plan.Name}.work.v1";
        var channel = await receiving.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(plan.Name, ExchangeType.Topic, durable: true);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(queue, plan.Name, "work.done");
        await channel.BasicQosAsync(0, FloorInbox.PrefetchOf(plan), global: false);
        var inbox = new FloorInbox(plan, await ConnectAsync(), channel, Handling(), Settled);
        await channel.BasicConsumeAsync(queue, autoAck: false, inbox);
        _loops.Add(Task.Run(() => inbox.RunAsync(_stopping.Token)));

        for (var lane = 0; lane < FloorRelay.Lanes; lane++)
        {
            var confirming = await sending.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false));
            var relay = new FloorRelay(plan, lane, await ConnectAsync(), confirming, n => Interlocked.Add(ref _sent, n));
            _relays.Add(relay);
            _loops.Add(Task.Run(() => relay.RunAsync(_stopping.Token)));
        }
    }

    public Task<IWriter> OpenWriterAsync() => FloorWriter.OpenAsync(plan, () => _relays.ForEach(relay => relay.Wake()));

    public async Task SettledAsync(long written)
    {
        if (!plan.Consumes)
            return;
        while (Interlocked.Read(ref _sent) < written || _handled.Count < written || Interlocked.Read(ref _settled) < written)
        {
            var ended = _loops.Find(loop => loop.IsCompleted);
            if (ended is not null)
                await ended;
            await Task.Delay(2);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var one in _open)
            await one.DisposeAsync();
        _relays.ForEach(relay => relay.Dispose());
        _stopping.Dispose();
    }

    private IFloorHandling Handling()
    {
        if (!plan.Transactional)
            return new FloorHandling(_handled);
        var effects = new FloorEffects(plan, _handled, Settled);
        _loops.AddRange(Enumerable.Range(0, FloorEffects.Workers).Select(_ => Task.Run(() => effects.RunAsync(_stopping.Token))));
        return effects;
    }

    private void Settled(int count) => Interlocked.Add(ref _settled, count);

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        _open.Add(connection);
        return connection;
    }
}
