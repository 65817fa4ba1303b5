namespace Cap.Transport;

/// <summary>What became of a message that was sent.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Error">Why it was not confirmed; null when it was.</param>
public readonly record struct SendResult(SendOutcome Outcome, Exception? Error)
{
    /// <summary>The broker has it durably.</summary>
    public static SendResult Confirmed => new(SendOutcome.Confirmed, null);

    /// <summary>The broker said no to this message.</summary>
    public static SendResult Refused(Exception error) => new(SendOutcome.Refused, error);

    /// <summary>The broker could not be asked, or did not answer.</summary>
    public static SendResult Unavailable(Exception error) => new(SendOutcome.Unavailable, error);
}
