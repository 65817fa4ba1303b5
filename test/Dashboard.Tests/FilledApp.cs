namespace Cap.Dashboard.Tests;

/// <summary>An application with messages in every state, for tests that only look.</summary>
public sealed class FilledApp : IAsyncLifetime
{
    private DashboardApp? _app;

    public DashboardApp App => _app!;

    public async Task InitializeAsync()
    {
        _app = await DashboardApp.StartAsync();
        await App.FillAsync();
        // Something was done, too.
        using var acted = await App.PostAsync("act", ("type", "received"), ("kind", "retry"), ("ids", "987654321"));
        using var started = await App.PostAsync("start", ("type", "received"), ("state", "Failed"), ("error", "nobody has this"), ("kind", "retry"), ("expected", "2"));
        await Conformance.Eventually.BecomesTrueAsync(async () => (await App.ReadAsync("operations")).Contains("✓ Done", StringComparison.Ordinal));
    }

    public async Task DisposeAsync() => await App.DisposeAsync();
}
