namespace Cap.Crash.Node;

/// <summary>Lives as long as the scope of a transactional handler's run: the scope ends after the commit.</summary>
internal sealed class HandlerEnd(CrashPoints points) : IDisposable
{
    /// <summary>The handler got to its end.</summary>
    public bool IsReached { get; set; }

    public void Dispose()
    {
        if (IsReached)
            points.Pass("handler.committed");
    }
}
