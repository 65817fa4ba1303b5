using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cap.Benchmarks;

/// <summary>Cap as it is embedded: a SQLite file and the in-process transport, nothing else to install.</summary>
internal sealed class SqliteSide(MeasurePlan plan) : ISide
{
    private readonly Handled _handled = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("cap-bench-sqlite-").FullName;
    private IHost? _host;

    public long HandledCount => _handled.Count;

    public Action<long>? OnHandling
    {
        set => _handled.OnHandling = value;
    }

    private string File => $"Data Source={Path.Combine(_folder, "bench.db")}";

    public async Task StartAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(_handled).AddTransient<CountingHandler>();
        builder.Services.AddCap(cap => cap.UseSqlite(File).UseInProcessTransport());
        _host = builder.Build();
        await _host.StartAsync();
        await using var connection = new SqliteConnection(File);
        await connection.ExecuteAsync("create table orders (id integer primary key, text text not null)");
    }

    public async Task<IWriter> OpenWriterAsync()
    {
        var connection = new SqliteConnection(File);
        await connection.OpenAsync();
        return new SqliteWriter(connection, plan, _host!.Services.GetRequiredService<ICapPublisher>());
    }

    public async Task SettledAsync(long written)
    {
        while (_handled.Count < written)
            await Task.Delay(2);
        await using var connection = new SqliteConnection(File);
        while (await connection.QuerySingleAsync<bool>("select exists (select 1 from cap_published_due) or exists (select 1 from cap_received_due)"))
            await Task.Delay(2);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
