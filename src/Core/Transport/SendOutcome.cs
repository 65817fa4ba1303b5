namespace Cap.Transport;

/// <summary>Outcomes of sending a message.</summary>
public enum SendOutcome
{
    /// <summary>The broker has it durably, in every queue it was routed to.</summary>
    Confirmed,

    /// <summary>The broker works but said no to this message (refused, unroutable, too large): this spends a try.</summary>
    Refused,

    /// <summary>The broker is away or silent: this spends no try. The message may or may not have arrived.</summary>
    Unavailable,
}
