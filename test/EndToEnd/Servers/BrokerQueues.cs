using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cap.EndToEnd.Servers;

/// <summary>What a broker knows of its queues.</summary>
internal static class BrokerQueues
{
    /// <summary>How many consume a queue; none when it is not there.</summary>
    public static async Task<uint> ConsumersAsync(this IConnection connection, string queue)
    {
        // A question about a queue that is not there ends the channel it is asked on.
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            return await channel.ConsumerCountAsync(queue);
        }
        catch (OperationInterruptedException)
        {
            return 0;
        }
    }
}
