namespace Cap.Dashboard;

/// <summary>What somebody may do.</summary>
internal enum Right
{
    /// <summary>Look at everything, as far as the mask lets it be seen.</summary>
    View,

    /// <summary>Retry, cancel and delete messages, pause groups.</summary>
    Operate,

    /// <summary>Change a message and send it again.</summary>
    Edit,
}
