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
    }

    public async Task DisposeAsync() => await App.DisposeAsync();
}
