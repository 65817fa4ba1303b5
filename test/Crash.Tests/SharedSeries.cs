using Cap.Crash.Run;

namespace Cap.Crash;

/// <summary>The servers that all seeds of the test run share, one seed after the other.</summary>
public sealed class SharedSeries : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cap-crash-").FullName;
    private readonly StringWriter _told = new();

    public SharedSeries() => Series = new(new() { Seeds = 1, Folder = _folder }, _told);

    internal Series Series { get; }

    /// <summary>What was told since this was asked last.</summary>
    internal string Told()
    {
        var told = _told.ToString();
        _told.GetStringBuilder().Clear();
        return told;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Series.DisposeAsync();
        // Journals and logs of a run that went wrong stay.
        if (!Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }
}
