namespace Cap.Core.Tests.Working;

/// <summary>What may happen around a worker's rows.</summary>
internal enum WorkStepKind
{
    /// <summary>A row is committed to the table: in one of four keys, or without.</summary>
    Commit,

    /// <summary>Rows without a key are being stored by this process.</summary>
    BeginOffer,

    /// <summary>They are offered to the worker.</summary>
    EndOffer,

    /// <summary>The worker says what it wants to fetch.</summary>
    Prepare,

    /// <summary>The table is read.</summary>
    Read,

    /// <summary>What was read reaches the worker.</summary>
    Take,

    /// <summary>A running row ends well, and this is written.</summary>
    Succeed,

    /// <summary>A running row fails, and this is written: it waits for its next try.</summary>
    Fail,

    /// <summary>A running row comes back as if nothing had happened.</summary>
    HandBack,

    /// <summary>The worker hears of what was written.</summary>
    Settle,

    /// <summary>Failed rows are due again.</summary>
    Pass,
}
