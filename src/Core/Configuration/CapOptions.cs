using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Cap;

/// <summary>
/// Everything that can be set about Cap. Checked when the host starts: all faults are reported at once, each with name, value
/// and remedy. Changing a value after the start has no effect.
/// </summary>
public sealed partial class CapOptions
{
    /// <summary>Group of subscribers that name none. Default: <c>cap.queue.</c> and the entry assembly's name, lower case.</summary>
    public string DefaultGroupName { get; set; } =
        "cap.queue." + (Assembly.GetEntryAssembly()?.GetName().Name ?? "app").ToLowerInvariant();

    /// <summary>Put in front of every group name, with a dot. Default: none.</summary>
    public string? GroupNamePrefix { get; set; }

    /// <summary>Put in front of every message name, published and subscribed, with a dot. Default: none.</summary>
    public string? TopicNamePrefix { get; set; }

    /// <summary>
    /// Suffix of every group and owner of every outbox row: applications of different versions may share tables and broker
    /// without seeing each other's messages. Default: <c>v1</c>. At most 20 characters, no dot.
    /// </summary>
    public string Version { get; set; } = "v1";

    /// <summary>Name of this process, for people: in attempts, headers and logs. Default: host name, process id and a random part.</summary>
    public string NodeName { get; set; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>How long a succeeded message is kept, counted from when it was stored. Default: 1 hour.</summary>
    public TimeSpan SucceedMessageExpiredAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a failed message is kept, counted from when it was given up. Default: 15 days.</summary>
    public TimeSpan FailedMessageExpiredAfter { get; set; } = TimeSpan.FromDays(15);

    /// <summary>How often old messages are purged. Default: 1 hour.</summary>
    public TimeSpan CollectorCleaningInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the inbox remembers the id of a message to drop duplicates, whatever happened to the message. Default: 7 days; at
    /// most 30 days.
    /// </summary>
    public TimeSpan DeduplicationWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How many tries follow each other at once before <see cref="FailedRetryInterval"/> applies. Default: 3.</summary>
    public int ImmediateRetryCount { get; set; } = 3;

    /// <summary>Time between the tries that follow the immediate ones. Default: 60 s.</summary>
    public TimeSpan FailedRetryInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many tries a message gets in all before it is given up. Default: 50.</summary>
    public int FailedRetryCount { get; set; } = 50;

    /// <summary>How many failed attempts of a message are kept, with their full exceptions: the newest. Default: 20.</summary>
    public int KeptAttemptCount { get; set; } = 20;

    /// <summary>
    /// Called once for each message that is given up, published or received. Runs on a worker: keep it short. What it throws is
    /// logged. Default: none.
    /// </summary>
    public Action<FailedInfo>? FailedThresholdCallback { get; set; }

    /// <summary>How many handlers of one group run at once on this node. Default: 16.</summary>
    public int ConsumerThreadCount { get; set; } = 16;

    /// <summary>
    /// How long a run of a handler may take, its filters included. After it the handler's token is cancelled; if it then ends with an
    /// exception, that is a failed attempt whose text names handler and limit. A handler that ends well all the same has succeeded, and one
    /// that ignores its token keeps its message and its place until it ends. <c>TimeoutSeconds</c> of the attribute goes before it.
    /// Default: none, a handler may run for hours. At most 30 days.
    /// </summary>
    public TimeSpan? HandlerTimeout { get; set; }

    /// <summary>How many messages are read from the tables or the broker at once. Default: 500.</summary>
    public int SchedulerBatchSize { get; set; } = 500;

    /// <summary>
    /// How many shards each group and each version has: the most nodes that can share its work. Fixed when the tables are made.
    /// Default: 16. Between 1 and 256.
    /// </summary>
    public int ShardCount { get; set; } = 16;

    /// <summary>How long a node's right to work its shards lasts without a heartbeat. Default: 15 s. At least 1 s.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often the tables are looked at when nothing wakes the worker; five times less often after ten quiet seconds, where the storage
    /// lets a node hear of other nodes' work. Default: 1 s.
    /// </summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long running handlers may finish when the application stops. After it their token is cancelled and what still runs is
    /// handed back. The host's own shutdown time-out ends the wait too. Default: 10 s.
    /// </summary>
    public TimeSpan ShutdownTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest message, headers included, in bytes of JSON. A larger one is refused when it is published. Default: 4 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How many bytes of messages one worker holds in memory at once. Default: 16 MiB.</summary>
    public long MaxBufferedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Options of the default serializer. Default: those of <see cref="JsonSerializerOptions.Default"/>.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; } = new(JsonSerializerOptions.Default);

    /// <summary>The tables to use: called by <c>UsePostgreSql</c> and its like.</summary>
    /// <param name="name">Name of the storage, for messages.</param>
    /// <param name="register">Registers <see cref="Storage.IStorage"/> as a singleton, and what it needs.</param>
    /// <param name="check">Returns what is wrong with the storage's options, each fault with name, value and remedy.</param>
    /// <exception cref="InvalidOperationException">Another storage is set already.</exception>
    public void UseStorage(string name, Action<IServiceCollection> register, Func<IEnumerable<string>> check) =>
        _storage = Extension.Choose(_storage, new(name, register, check), "storages");

    /// <summary>The broker to use: called by <c>UseRabbitMQ</c> and its like.</summary>
    /// <param name="name">Name of the transport, for messages.</param>
    /// <param name="register">Registers <see cref="Transport.ITransport"/> as a singleton, and what it needs.</param>
    /// <param name="check">Returns what is wrong with the transport's options, each fault with name, value and remedy.</param>
    /// <exception cref="InvalidOperationException">Another transport is set already.</exception>
    public void UseTransport(string name, Action<IServiceCollection> register, Func<IEnumerable<string>> check) =>
        _transport = Extension.Choose(_transport, new(name, register, check), "transports");
}
