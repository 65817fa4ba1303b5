using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cap;

/// <summary>How to reach RabbitMQ and how queues are declared. Checked when the host starts.</summary>
public sealed class RabbitMQOptions
{
    /// <summary>
    /// The broker's host, or several nodes of one cluster separated by commas, each with <c>:port</c> if it is not
    /// <see cref="Port"/>. Default: <c>localhost</c>.
    /// </summary>
    public string HostName { get; set; } = "localhost";

    /// <summary>
    /// An <c>amqp://</c> or <c>amqps://</c> address, instead of <see cref="HostName"/>, <see cref="Port"/> and, where it has
    /// them, of <see cref="UserName"/>, <see cref="Password"/> and <see cref="VirtualHost"/>. Default: none.
    /// </summary>
    public Uri? Uri { get; set; }

    /// <summary>The port of hosts that name none. Default: 5672.</summary>
    public int Port { get; set; } = 5672;

    /// <summary>Default: <c>guest</c>.</summary>
    public string UserName { get; set; } = "guest";

    /// <summary>Default: <c>guest</c>. Appears in no log and no message.</summary>
    public string Password { get; set; } = "guest";

    /// <summary>Default: <c>/</c>.</summary>
    public string VirtualHost { get; set; } = "/";

    /// <summary>The durable topic exchange all messages pass. Default: <c>cap.default.router</c>, the one DotNetCore.CAP uses.</summary>
    public string ExchangeName { get; set; } = "cap.default.router";

    /// <summary>What a group's queue is declared with.</summary>
    public QueueArgumentsOptions QueueArguments { get; set; } = new();

    /// <summary>Flags a group's queue is declared with.</summary>
    public QueueRabbitOptions QueueOptions { get; set; } = new();

    /// <summary>Overrides how many deliveries of a queue may wait unacknowledged. Default: what Cap asks for.</summary>
    public BasicQos? BasicQosOptions { get; set; }

    /// <summary>
    /// Gives headers to a message another application sent: called for each delivery but bundles, which are Cap's own; what it returns is added to the message's
    /// headers and wins over them. The event's body is valid during the call only. Runs on the connection's reader: keep it
    /// short. When it throws, that is logged and the message comes without these headers. Default: none.
    /// </summary>
    public Func<BasicDeliverEventArgs, IServiceProvider, List<KeyValuePair<string, string>>>? CustomHeadersBuilder { get; set; }

    /// <summary>
    /// Changes the client's connection factory, after everything else is set on it: TLS, authentication, heartbeat, client name.
    /// Hosts and automatic recovery cannot be changed here. Default: none.
    /// </summary>
    public Action<ConnectionFactory>? ConnectionFactoryOptions { get; set; }

    /// <summary>
    /// A message that no queue is bound for is refused, and so is tried again and ends as Failed with its reason. False: it counts
    /// as sent, and the broker drops it. Default: true.
    /// </summary>
    public bool RequireRoute { get; set; } = true;

    /// <summary>
    /// Up to this many messages of one name travel as one AMQP message, a bundle, which costs broker and nodes a fraction. Messages of one
    /// name, and of one key, keep their order. Every node reads bundles, whatever this says, but other libraries do not: update all
    /// consumers first. A node that sends bundles also asks for fewer AMQP messages in advance. Default: 1, no bundles. At most 1000.
    /// </summary>
    public int MaxBundle { get; set; } = 1;

    /// <summary>
    /// Of all nodes that listen to a group, the broker feeds one at a time, and the next when it goes: the inbox gets the messages
    /// in the broker's order. The handlers run on all nodes nevertheless. Fixed when the queue is declared. Default: true.
    /// </summary>
    public bool SingleActiveConsumer { get; set; } = true;

    /// <summary>
    /// How long the broker may take to answer before it counts as away, and its connection as lost. No message spends a try by
    /// it. Default: 10 s. At least 1 s.
    /// </summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
