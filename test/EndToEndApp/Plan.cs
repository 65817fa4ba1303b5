namespace Cap.EndToEndApp;

/// <summary>What this process is to do.</summary>
public sealed class Plan
{
    /// <summary><c>publish</c> or <c>subscribe</c>.</summary>
    public string Role { get; set; } = "";

    public string Postgres { get; set; } = "";

    public string RabbitMQ { get; set; } = "";

    /// <summary>Schema of Cap's tables.</summary>
    public string Schema { get; set; } = "";

    /// <summary>Schema of the test's own tables.</summary>
    public string Book { get; set; } = "";

    public string Exchange { get; set; } = "";

    /// <summary>How many transactions to try; every tenth is rolled back.</summary>
    public int Count { get; set; }

    /// <summary>The number of the first entry, for publishers that write one book.</summary>
    public int First { get; set; }

    /// <summary>How long each writer rests after a transaction.</summary>
    public TimeSpan Pause { get; set; }

    /// <summary>How many write at once.</summary>
    public int WriterCount { get; set; } = 8;

    /// <summary>Whether queues have the delivery limit of today. Versions before the first release declared them without.</summary>
    public bool HasDeliveryLimit { get; set; } = true;
}
