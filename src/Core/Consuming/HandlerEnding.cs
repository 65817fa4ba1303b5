namespace Cap.Consuming;

/// <summary>How a handler's run ended, unless it failed.</summary>
internal enum HandlerEnding
{
    /// <summary>The row is still to be settled.</summary>
    Done,

    /// <summary>The row was settled in the handler's transaction.</summary>
    Settled,

    /// <summary>Somebody else may work the row by now, or changed it: the handler was not called, or what it did was rolled back.</summary>
    NotMine,
}
