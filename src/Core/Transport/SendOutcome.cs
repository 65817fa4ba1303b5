namespace Cap.Transport;

/// <summary>Outcomes of sending a message.</summary>
public enum SendOutcome
{
    /// <summary>
    /// The broker is away or silent: this spends no try. The message may or may not have arrived. It is the default, so that an answer
    /// somebody forgot to give is never taken for a success.
    /// </summary>
    Unavailable,

    /// <summary>The broker works but said no to this message (refused, unroutable, too large): this spends a try.</summary>
    Refused,

    /// <summary>The broker has it durably, in every queue it was routed to.</summary>
    Confirmed,
}
