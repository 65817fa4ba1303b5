namespace Cap.Benchmarks;

/// <summary>Cap, or the same durable steps written by hand.</summary>
internal interface ISide : IAsyncDisposable
{
    /// <summary>How many messages the handler of this process has seen.</summary>
    long HandledCount { get; }

    /// <summary>Called with the number of each message, first thing in its handler.</summary>
    Action<long>? OnHandling { set; }

    /// <summary>Makes tables and queues, and starts whatever works in the background.</summary>
    Task StartAsync();

    /// <summary>A writer with a connection of its own.</summary>
    Task<IWriter> OpenWriterAsync();

    /// <summary>Returns when every message that was written is settled on both sides.</summary>
    Task SettledAsync(long written);
}
