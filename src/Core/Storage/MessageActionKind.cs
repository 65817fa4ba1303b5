namespace Cap.Storage;

/// <summary>Actions on messages.</summary>
public enum MessageActionKind
{
    /// <summary>
    /// Makes unsettled messages due at once: failed, waiting for a retry or delayed ones. The count of attempts stays, so a
    /// given-up message gets one more try.
    /// </summary>
    Retry,

    /// <summary>Deletes unsettled messages with their contents and attempts. What is being worked on is still finished.</summary>
    Delete,

    /// <summary>Deletes delayed messages whose time has not come, and no others.</summary>
    Cancel,
}
