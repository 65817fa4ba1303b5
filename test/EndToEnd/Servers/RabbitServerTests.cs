using Cap.Servers;
using RabbitMQ.Client;

namespace Cap.EndToEnd.Servers;

/// <summary>Proves the fixture itself: the crash tests are worth what it is worth.</summary>
public sealed class RabbitServerTests
{
    // One test for all of it, as a broker takes long to start.
    [Fact]
    public async Task A_confirmed_message_survives_a_crash_and_a_paused_broker_answers_after_it_resumes()
    {
        await using var server = new RabbitServer();
        await server.StartAsync();
        await PublishAsync(server, "kept");
        await server.SettleAsync();

        await server.CrashAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(server));
        await server.RestartAsync();

        await using var connection = await ConnectAsync(server);
        await using var channel = await connection.CreateChannelAsync();
        var message = await channel.BasicGetAsync("kept", autoAck: false);
        Assert.Equal([42], message?.Body.ToArray());
        Assert.Contains("kept", await server.RunCtlAsync("list_queues", "name"), StringComparison.Ordinal);

        server.Pause();
        var answer = channel.QueueDeclarePassiveAsync("kept");
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromSeconds(1)));
        server.Resume();
        await answer.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static Task<IConnection> ConnectAsync(RabbitServer server) =>
        new ConnectionFactory { Uri = new Uri(server.ConnectionString), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    private static async Task PublishAsync(RabbitServer server, string queue)
    {
        await using var connection = await ConnectAsync(server);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, new byte[] { 42 });
    }
}
