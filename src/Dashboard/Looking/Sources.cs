using Cap.Messages;
using Cap.Operating;
using Cap.Relaying;
using Cap.Storage;
using Cap.Subscribing;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>Where the dashboard has everything from. What changes is asked for anew; what is asked for often is shared by all open pages.</summary>
internal sealed class Sources
{
    private static readonly TimeSpan KeepOften = TimeSpan.FromSeconds(3);

    public Sources(IServiceProvider services, CapDashboardOptions options)
    {
        CapOptions = services.GetService<CapOptions>()
            ?? throw new InvalidOperationException("The dashboard shows what Cap does, and Cap is not there. Call builder.Services.AddCap(…).");
        Options = options;
        Storage = services.GetRequiredService<IStorage>();
        Transport = services.GetRequiredService<ITransport>();
        Bootstrapper = services.GetRequiredService<IBootstrapper>();
        Gate = services.GetRequiredService<BrokerGate>();
        Troubles = services.GetRequiredService<Monitoring.Troubles>();
        Replay = services.GetRequiredService<Replay>();
        Time = services.GetRequiredService<TimeProvider>();
        Log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Cap.Dashboard");
        Catalog = new(() => new(CapOptions, services.GetRequiredService<IServiceCollection>()));
        Published = new(stop => Storage.Monitoring.CountAsync(MessageType.Publish, stop), KeepOften, Time);
        Received = new(stop => Storage.Monitoring.CountAsync(MessageType.Subscribe, stop), KeepOften, Time);
        Backlogs = new(Storage.Monitoring.GetBacklogsAsync, KeepOften, Time);
        Cluster = new(Storage.Monitoring.GetClusterAsync, KeepOften, Time);
        Database = new(Storage.Monitoring.GetDatabaseStateAsync, KeepOften, Time);
        Failures = new(stop => Dashboard.Failures.FindAsync(Storage.Monitoring, null, stop), KeepOften, Time);
        History = new(Storage.Monitoring, Time);
    }

    public CapDashboardOptions Options { get; }

    public CapOptions CapOptions { get; }

    public IStorage Storage { get; }

    public ITransport Transport { get; }

    public IBootstrapper Bootstrapper { get; }

    public BrokerGate Gate { get; }

    public Monitoring.Troubles Troubles { get; }

    public Replay Replay { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    /// <summary>The handlers of this application.</summary>
    public Lazy<SubscriberCatalog> Catalog { get; }

    public Recent<MessageCounts> Published { get; }

    public Recent<MessageCounts> Received { get; }

    public Recent<IReadOnlyList<Backlog>> Backlogs { get; }

    /// <summary>How the backlogs were before.</summary>
    public BacklogTrend Trend { get; } = new();

    public Recent<Cluster> Cluster { get; }

    public Recent<DatabaseState> Database { get; }

    public Recent<IReadOnlyList<FailureGroup>> Failures { get; }

    public HistorySource History { get; }

    public Recent<MessageCounts> CountsOf(MessageType type) => type == MessageType.Publish ? Published : Received;

    /// <summary>Somebody has changed something, and is to see that on the next page. What was counted of the past stays what it is.</summary>
    public void Forget()
    {
        Published.Forget();
        Received.Forget();
        Backlogs.Forget();
        Cluster.Forget();
        Database.Forget();
        Failures.Forget();
    }
}
