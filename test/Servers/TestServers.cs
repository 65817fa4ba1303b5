using System.Collections.Concurrent;

namespace Cap.Servers;

/// <summary>
/// The servers all tests of a run share: those named by the environment, else private ones, started on first use and ended with
/// this process. Tests keep apart by <see cref="Names.Unique"/>; a test that crashes a server brings its own.
/// </summary>
public static class TestServers
{
    internal const string PostgresVariable = "CAP_TEST_POSTGRES";
    internal const string RabbitVariable = "CAP_TEST_RABBITMQ";

    // A server that is garbage takes the pipe to its guard along, and the guard ends it.
    private static readonly ConcurrentBag<object> Running = [];

    private static readonly Lazy<Task<string>> Postgres = new(async () =>
    {
        if (FromEnvironment(PostgresVariable) is { } known)
            return known;

        var server = new PostgresServer();
        Running.Add(server);
        await server.StartAsync();
        return server.ConnectionString;
    });

    private static readonly Lazy<Task<string>> Rabbit = new(async () =>
    {
        if (FromEnvironment(RabbitVariable) is { } known)
            return known;

        var server = new RabbitServer();
        Running.Add(server);
        await server.StartAsync();
        return server.ConnectionString;
    });

    /// <summary>The connection string of the shared PostgreSQL server.</summary>
    /// <exception cref="InvalidOperationException">There is none and none can be started; the message says what to do.</exception>
    public static Task<string> PostgresAsync() => Postgres.Value;

    /// <summary>The <c>amqp://</c> address of the shared RabbitMQ server.</summary>
    /// <exception cref="InvalidOperationException">There is none and none can be started; the message says what to do.</exception>
    public static Task<string> RabbitAsync() => Rabbit.Value;

    private static string? FromEnvironment(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
