using RabbitMQ.Client;

namespace Cap.RabbitMQ;

/// <summary>The addresses in the options, and the client's factory for them.</summary>
internal static class Endpoints
{
    /// <summary>The default of the client is 60 s: too long for a peer that went without a word.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>The largest message RabbitMQ can be set to take. A smaller bound here would make one large message end the connection for ever.</summary>
    private const uint LargestMessage = 512 * 1024 * 1024;

    /// <summary>Reads <c>host</c> or <c>host:port</c>; null if it is neither.</summary>
    public static (string Host, int Port)? Parse(string host, int defaultPort)
    {
        var text = host.Count(c => c == ':') > 1 && !host.StartsWith('[') ? $"[{host}]" : host;
        if (host.Length == 0 || host.AsSpan().IndexOfAny("/?#@") >= 0 || !Uri.TryCreate($"amqp://{text}", UriKind.Absolute, out var uri))
            return null;
        return uri.Host.Length == 0 || uri.Port == 0 ? null : (uri.Host.Trim('[', ']'), uri.Port < 0 ? defaultPort : uri.Port);
    }

    /// <summary>Names the broker without secrets.</summary>
    public static string Describe(RabbitMQOptions options)
    {
        var factory = Factory(options, TimeProvider.System);
        var hosts = string.Join(',', Of(options, factory).Select(endpoint => $"{endpoint.HostName}:{endpoint.Port}"));
        return $"RabbitMQ {hosts}/{(factory.VirtualHost == "/" ? "" : factory.VirtualHost)}";
    }

    /// <summary>A factory with everything but the addresses.</summary>
    public static ConnectionFactory Factory(RabbitMQOptions options, TimeProvider time)
    {
        var factory = new ConnectionFactory
        {
            UserName = options.UserName,
            Password = options.Password,
            VirtualHost = options.VirtualHost,
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = options.ConfirmTimeout,
            HandshakeContinuationTimeout = options.ConfirmTimeout,
            ContinuationTimeout = options.ConfirmTimeout,
            MaxInboundMessageBodySize = LargestMessage,
            SocketFactory = HeartbeatSocket.Factory(time),
        };
        if (options.Uri is { } uri)
            factory.Uri = uri;
        options.ConnectionFactoryOptions?.Invoke(factory);
        // Its recovery gives up on a queue that is gone and replays acknowledgements it cannot place; ours starts from nothing.
        factory.AutomaticRecoveryEnabled = false;
        // Only heartbeats that do not come say that a connection is dead; without heartbeats it may be silent as long as it likes.
        factory.SocketReadTimeout = Timeout.InfiniteTimeSpan;
        return factory;
    }

    /// <summary>The addresses to try, in the options' order.</summary>
    public static List<AmqpTcpEndpoint> Of(RabbitMQOptions options, ConnectionFactory factory)
    {
        if (options.Uri is not null)
            return [factory.Endpoint];
        var hosts = options.HostName.Split(',', StringSplitOptions.TrimEntries).Select(host => Parse(host, options.Port)!.Value);
        return [.. hosts.Select(host => new AmqpTcpEndpoint(host.Host, host.Port, factory.Ssl, factory.MaxInboundMessageBodySize))];
    }
}
