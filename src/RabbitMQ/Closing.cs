namespace Cap.RabbitMQ;

/// <summary>Ends channels and connections politely, but waits for no broker that is silent.</summary>
internal static class Closing
{
    /// <summary>How long the goodbye may take. The client's own bounds are not kept when the broker stands still.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(1);

    /// <summary>Runs to its end or for <see cref="Time"/>; its failure does not matter, the broker notices by itself.</summary>
    public static async Task BoundedAsync(Func<Task> close)
    {
        await Task.Yield();
        var closing = CloseAsync();
        await closing.WaitAsync(Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        async Task CloseAsync()
        {
            try
            {
                await close().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Already gone, or going.
            }
        }
    }
}
