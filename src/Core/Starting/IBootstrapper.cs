namespace Cap;

/// <summary>
/// Starts and stops Cap's workers at run time. The host does both by itself; this is for applications that want to pause. Thread-safe;
/// starting twice or stopping twice does nothing.
/// </summary>
public interface IBootstrapper
{
    /// <summary>Whether the workers run.</summary>
    bool IsStarted { get; }

    /// <summary>
    /// Checks options and handlers, makes the tables if need be, and starts the workers. While the database is away it starts anyway and
    /// goes on trying.
    /// </summary>
    /// <exception cref="CapConfigurationException">Something is wrong with options or handlers; all faults are named.</exception>
    /// <exception cref="CapException">The tables are missing or of a version this library does not know.</exception>
    Task BootstrapAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops: no message is taken in any more, running handlers may finish within <see cref="CapOptions.ShutdownTime"/>, what does not is
    /// handed back, leases are given back. Cancelling ends the wait for handlers. Can be started again.
    /// </summary>
    Task StopAsync(CancellationToken cancellationToken = default);
}
