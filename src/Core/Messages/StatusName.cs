namespace Cap.Messages;

/// <summary>What became of a message so far.</summary>
public enum StatusName
{
    /// <summary>Waits for its next attempt, or is being worked on.</summary>
    Scheduled,

    /// <summary>Was published with a delay that has not passed yet.</summary>
    Delayed,

    /// <summary>Done: confirmed by the broker (published) or handled (received).</summary>
    Succeeded,

    /// <summary>Given up; waits for a person.</summary>
    Failed,
}
