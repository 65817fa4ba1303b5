namespace Cap.Working;

/// <summary>What became of a row that a worker was given.</summary>
internal enum Admission
{
    /// <summary>It can be started now.</summary>
    Start,

    /// <summary>It is held, behind an earlier row of its key.</summary>
    Wait,

    /// <summary>It is held already, or was settled meanwhile.</summary>
    Known,

    /// <summary>Not now: it must be fetched again.</summary>
    Later,

    /// <summary>Not now, because too many of its key wait already: the next fetch passes over its key.</summary>
    KeyIsFull,
}
