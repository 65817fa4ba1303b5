namespace Cap.Storage;

/// <summary>Where an operation stands.</summary>
public enum OperationState
{
    /// <summary>It runs, or waits for a node that runs it.</summary>
    Running,

    /// <summary>It went through all messages.</summary>
    Done,

    /// <summary>A person stopped it; what it had changed stays changed.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,
}
