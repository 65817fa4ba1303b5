using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>Cap with its defaults, publisher and subscriber in one process.</summary>
internal sealed class CapSide(MeasurePlan plan, bool consumes) : ISide
{
    private readonly Handled _handled = new();
    private IHost? _host;

    public async Task StartAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(_handled);
        if (consumes)
            builder.Services.AddTransient<Worker>();
        builder.Services.AddCap(cap =>
        {
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (plan.Postgres, plan.Name));
            cap.UseRabbitMQ(o =>
            {
                (o.Uri, o.ExchangeName) = (new Uri(plan.RabbitMQ), plan.Name);
                if (plan.Counts)
                    o.ConnectionFactoryOptions = factory => factory.SocketFactory = FrameCounter.SocketFactory;
            });
            cap.GroupNamePrefix = plan.Name;
        });
        _host = builder.Build();
        if (consumes)
            await _host.StartAsync();
        else
            await _host.Services.GetRequiredService<Storage.IStorage>().InitializeAsync(new(16, TimeSpan.FromHours(1)), default);
        await ApplicationTable.CreateAsync(plan);
    }

    public async Task<IWriter> OpenWriterAsync()
    {
        var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        return new Writer(connection, plan.Name, _host!.Services.GetRequiredService<ICapPublisher>());
    }

    public async Task SettledAsync(long written)
    {
        if (!consumes)
            return;
        while (_handled.Count < written)
            await Task.Delay(2);
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        while (await connection.QuerySingleAsync<bool>($"select exists (select from {plan.Name}.published_due) or exists (select from {plan.Name}.received_due)"))
            await Task.Delay(2);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }

    private sealed class Writer(NpgsqlConnection connection, string schema, ICapPublisher publisher) : IWriter
    {
        private readonly NpgsqlCommand _row = ApplicationTable.Insert(connection, schema);

        public async Task WriteAsync(IReadOnlyList<Work> messages)
        {
            await using var transaction = await connection.BeginTransactionAsync(publisher);
            _row.Transaction = (NpgsqlTransaction?)transaction.DbTransaction;
            await _row.ExecuteNonQueryAsync();
            if (messages.Count == 1)
                await publisher.PublishAsync("work.done", messages[0]);
            else
                await publisher.PublishAsync(messages.Select(m => new OutgoingMessage("work.done", m)));
            await transaction.CommitAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _row.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    private sealed class Worker(Handled handled) : ICapSubscribe
    {
        [CapSubscribe("work.done", Group = "work")]
        public void On(Work work)
        {
            ArgumentNullException.ThrowIfNull(work);
            handled.Add();
        }
    }
}
