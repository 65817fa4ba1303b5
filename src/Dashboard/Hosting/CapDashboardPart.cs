namespace Cap;

/// <summary>What a text is that <see cref="CapDashboardOptions.Mask"/> is given.</summary>
public enum CapDashboardPart
{
    /// <summary>The content of a message, JSON with <c>Headers</c> and <c>Value</c>.</summary>
    Content,

    /// <summary>The error of an attempt, all of it or its first line.</summary>
    Error,

    /// <summary>The key of a message.</summary>
    Key,

    /// <summary>What somebody has searched for and acted on, as the audit log and the operations have it.</summary>
    Search,
}
