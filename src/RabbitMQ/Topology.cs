using Cap.Transport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cap.RabbitMQ;

/// <summary>What must exist at the broker: one durable topic exchange, a queue for each group, a binding for each name.</summary>
internal sealed class Topology(RabbitMQOptions options, string broker)
{
    /// <summary>Makes the exchange exist.</summary>
    /// <exception cref="CapException">It exists and is another one.</exception>
    public async Task DeclareExchangeAsync(IChannel channel, CancellationToken stop)
    {
        try
        {
            await channel.ExchangeDeclareAsync(options.ExchangeName, ExchangeType.Topic, durable: true, cancellationToken: stop).ConfigureAwait(false);
        }
        catch (OperationInterruptedException e) when (IsRefusal(e))
        {
            throw new CapException(
                $"{broker} refuses the exchange '{options.ExchangeName}': {TextOf(e)}. It must be a durable topic exchange that this user may "
                    + "declare: delete it, give the right, or set RabbitMQOptions.ExchangeName.",
                e
            );
        }
    }

    /// <summary>Makes the group's queue and its bindings exist. Bindings the group no longer wants stay.</summary>
    /// <exception cref="CapException">The queue exists and is declared differently, or may not be declared.</exception>
    public async Task DeclareQueueAsync(IChannel channel, SubscribeRequest request, CancellationToken stop)
    {
        var flags = options.QueueOptions;
        try
        {
            await channel
                .QueueDeclareAsync(request.Group, flags.Durable, flags.Exclusive, flags.AutoDelete, Arguments(), cancellationToken: stop)
                .ConfigureAwait(false);
            foreach (var name in request.Names)
                await channel.QueueBindAsync(request.Group, options.ExchangeName, name, cancellationToken: stop).ConfigureAwait(false);
        }
        catch (OperationInterruptedException e) when (IsRefusal(e))
        {
            throw new CapException(
                $"{broker} refuses the queue '{request.Group}': {TextOf(e)}. If it exists with other arguments, delete it once it is empty, or set "
                    + "RabbitMQOptions.QueueArguments, QueueOptions and SingleActiveConsumer to what it was declared with.",
                e
            );
        }
    }

    /// <summary>The broker's words for why it closed the channel.</summary>
    public static string TextOf(OperationInterruptedException error) => error.ShutdownReason?.ReplyText ?? error.Message;

    /// <summary>The broker works, but will not do this (access, not found, locked, precondition): asking again will not help.</summary>
    private static bool IsRefusal(OperationInterruptedException error) => error.ShutdownReason?.ReplyCode is >= 402 and <= 406;

    private Dictionary<string, object?> Arguments()
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = options.QueueArguments.QueueType };
        if (options.SingleActiveConsumer)
            arguments["x-single-active-consumer"] = true;
        if (options.QueueArguments.MessageTTL is { } ttl)
            arguments["x-message-ttl"] = (long)ttl.TotalMilliseconds;
        if (options.QueueArguments.QueueMode is { } mode)
            arguments["x-queue-mode"] = mode;
        // From RabbitMQ 4 on a quorum queue without it drops a message that came back 20 times: a crash loop would lose it. A large number and
        // not -1, which means "no limit" there but "none at all" to RabbitMQ 3; and always, because it must not change when the broker does.
        if (options.QueueArguments.QueueType == "quorum")
            arguments["x-delivery-limit"] = int.MaxValue;
        foreach (var (name, value) in options.QueueArguments.Others)
        {
            if (value is null)
                arguments.Remove(name);
            else
                arguments[name] = value;
        }
        return arguments;
    }
}
