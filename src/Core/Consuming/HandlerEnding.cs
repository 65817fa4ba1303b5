namespace Cap.Consuming;

/// <summary>How a handler's run ended well.</summary>
internal enum HandlerEnding
{
    /// <summary>The row is still to be settled.</summary>
    Done,

    /// <summary>The row was settled in the handler's transaction.</summary>
    Settled,

    /// <summary>Somebody else changed the row meanwhile; what the handler did was rolled back.</summary>
    NotMine,
}
