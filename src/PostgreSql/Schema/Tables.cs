using Cap.Messages;

namespace Cap.PostgreSql;

/// <summary>Quoted names of everything in the database. Schema and prefix are plain identifiers, checked at the start.</summary>
internal sealed class Tables
{
    /// <summary>Slots of the logs, used in turn. With a sixth of the keep time each, one is open, six wait and one is empty.</summary>
    public const int LogSlots = 8;

    /// <summary>Where the rows go that outlive their slot.</summary>
    public const short KeptSlot = -1;

    /// <summary>Slots of the inbox's memory, a day each: the longest memory (30 days) and time to purge.</summary>
    public const int SeenSlots = 40;

    /// <summary>Where the ids go that say nothing about time.</summary>
    public const short OwnIdSlot = -1;

    private readonly string _prefix;

    public Tables(string schema, string prefix)
    {
        (Schema, _prefix) = (schema, prefix);
        Setting = Quote("setting");
        Lane = Quote("lane");
        LogSlot = Quote("log_slot");
        Attempt = Quote("attempt");
        Node = Quote("node");
        Lease = Quote("lease");
        Paused = Quote("paused");
        Statistics = Quote("statistics");
        Audit = Quote("audit");
        Operation = Quote("operation");
        Seen = Quote("received_seen");
        SeenOwn = Quote("received_seen_own");
        Published = new(this, MessageType.Publish, "published");
        Received = new(this, MessageType.Subscribe, "received");

        // Long names would not fit into the 63 bytes a channel may have.
        Channel = $"cap_{Hash(""):x16}";
    }

    public string Schema { get; }

    public string Setting { get; }

    public string Lane { get; }

    public string LogSlot { get; }

    public string Attempt { get; }

    public string Node { get; }

    public string Lease { get; }

    public string Paused { get; }

    public string Statistics { get; }

    public string Audit { get; }

    public string Operation { get; }

    public string Seen { get; }

    public string SeenOwn { get; }

    public TypeTables Published { get; }

    public TypeTables Received { get; }

    /// <summary>The channel nodes notify each other on.</summary>
    public string Channel { get; }

    public long SchemaLock => Hash("schema");

    public long LeaseLock => Hash("leases");

    public long ExpiryLock => Hash("expiry");

    public TypeTables Of(MessageType type) => type == MessageType.Publish ? Published : Received;

    public string SeenOf(int slot) => Quote($"received_seen_{slot}");

    /// <summary>A name with its schema.</summary>
    public string Quote(string name) => $"\"{Schema}\".{QuoteLocal(name)}";

    /// <summary>A name without its schema, where none is allowed.</summary>
    public string QuoteLocal(string name) => $"\"{_prefix}{name}\"";

    private long Hash(string purpose) => MessageKey.Hash($"cap/{Schema}/{_prefix}/{purpose}")!.Value;
}
