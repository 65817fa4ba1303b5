using Cap.Servers;
using Cap.Transport;
using RabbitMQ.Client;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ.Tests;

/// <summary>What the tests beside the conformance suite share: the shared broker, an exchange of their own, a bare client.</summary>
public abstract class RabbitMQTest : IAsyncLifetime
{
    private readonly CancellationTokenSource _patience = new();

    protected string Unique { get; } = Guid.NewGuid().ToString("N")[..12];

    protected string Exchange => $"cap-test-{Unique}";

    protected string Group => $"cap-test-{Unique}-group";

    protected CancellationToken Stop => _patience.Token;

    private protected RabbitMQTransport Transport { get; set; } = null!;

    /// <summary>A connection of a foreign application.</summary>
    protected IConnection Foreign { get; private set; } = null!;

    protected virtual Task<string> BrokerAsync() => TestServers.RabbitAsync();

    public virtual async Task InitializeAsync()
    {
        var uri = await BrokerAsync();
        Transport = TestTransport.New(uri, Unique);
        Foreign = await new ConnectionFactory { Uri = new(uri), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        // Some restart a broker, which on a busy machine may take a minute alone.
        _patience.CancelAfter(TimeSpan.FromMinutes(3));
    }

    public virtual async Task DisposeAsync()
    {
        await Transport.DisposeAsync();
        await Foreign.DisposeAsync();
        _patience.Dispose();
    }

    /// <summary>Replaces the transport by one with other options.</summary>
    protected async Task ConfigureAsync(Action<RabbitMQOptions> configure)
    {
        await Transport.DisposeAsync();
        Transport = TestTransport.New(await BrokerAsync(), Unique, configure);
    }

    protected Task<ISubscription> SubscribeAsync(params string[] names) => Transport.SubscribeAsync(new(Group, names, 100), Stop);

    protected static TransportMessage NewMessage(string name, string id) => NewMessage(name, id, "{}"u8.ToArray());

    protected static TransportMessage NewMessage(string name, string id, byte[] body) =>
        new(name, new Dictionary<string, string?> { [Headers.MessageId] = id }, body);

    protected async Task<SendResult> SendOneAsync(TransportMessage message) => (await Transport.SendAsync([message], Stop))[0];

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

    protected static string IdOf(Delivery delivery) => delivery.Message.Headers[Headers.MessageId]!;

    protected static IEnumerable<SendOutcome> OutcomesOf(IEnumerable<SendResult> results) => results.Select(result => result.Outcome);
}
