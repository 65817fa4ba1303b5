namespace Cap.Endurance;

/// <summary>What a node of a run is to do.</summary>
public sealed class NodePlan
{
    public bool Publishes { get; set; }

    public bool Subscribes { get; set; }

    public string Postgres { get; set; } = "";

    public string RabbitMQ { get; set; } = "";

    public string Schema { get; set; } = "";

    public string Exchange { get; set; } = "cap";

    /// <summary>Messages per second; 0 for as many as go.</summary>
    public double Rate { get; set; }

    /// <summary>How many messages to publish; 0 for no end.</summary>
    public long Count { get; set; }

    /// <summary>How many published messages may be unhandled, where publisher and subscriber are one process; 0 for no limit.</summary>
    public int Outstanding { get; set; }

    /// <summary>Messages per transaction.</summary>
    public int Batch { get; set; } = 10;

    public int Writers { get; set; } = 2;

    /// <summary>How many different keys; 0 for messages without.</summary>
    public int Keys { get; set; }

    public int Bytes { get; set; } = 1000;

    public TimeSpan HandlerTime { get; set; }

    public TimeSpan KeepTime { get; set; } = TimeSpan.FromMinutes(1.5);

    public TimeSpan CleaningInterval { get; set; } = TimeSpan.FromSeconds(15);

    public TimeSpan RememberTime { get; set; } = TimeSpan.FromMinutes(1);
}
