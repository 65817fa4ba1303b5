namespace Cap.RabbitMQ;

/// <summary>Says what is wrong with the options, each fault with name, value and remedy.</summary>
internal static class RabbitMQOptionsChecks
{
    public static IEnumerable<string> Check(RabbitMQOptions options)
    {
        if (options.Uri is { } uri && uri.Scheme is not ("amqp" or "amqps"))
            yield return $"RabbitMQOptions.Uri has the scheme '{uri.Scheme}'. Use amqp:// or amqps://.";
        if (options.Uri is null)
        {
            foreach (var fault in Hosts(options))
                yield return fault;
        }
        if (options.Port is < 1 or > 65535)
            yield return $"RabbitMQOptions.Port is {options.Port}. Use 1 to 65535; RabbitMQ's own is 5672.";
        if (string.IsNullOrEmpty(options.UserName))
            yield return "RabbitMQOptions.UserName is empty. Name the broker's user.";
        if (string.IsNullOrEmpty(options.VirtualHost))
            yield return "RabbitMQOptions.VirtualHost is empty. The default one is '/'.";
        if (string.IsNullOrEmpty(options.ExchangeName) || !AmqpName.Fits(options.ExchangeName))
            yield return $"RabbitMQOptions.ExchangeName is '{options.ExchangeName}'. Use 1 to {AmqpName.MaxBytes} bytes of UTF-8.";
        if (options.BasicQosOptions is { PrefetchCount: 0 })
            yield return "RabbitMQOptions.BasicQosOptions has a PrefetchCount of 0, which means without bound. Use at least 1.";
        if (options.MaxBundle is < 1 or > Bundle.MostMessages)
            yield return $"RabbitMQOptions.MaxBundle is {options.MaxBundle}. Use 1 (no bundles) to {Bundle.MostMessages}.";
        if (options.ConfirmTimeout < TimeSpan.FromSeconds(1) || options.ConfirmTimeout > TimeSpan.FromHours(1))
            yield return $"RabbitMQOptions.ConfirmTimeout is {options.ConfirmTimeout}. Use 1 second to 1 hour.";
        foreach (var fault in Queue(options))
            yield return fault;
    }

    private static IEnumerable<string> Hosts(RabbitMQOptions options)
    {
        var hosts = options.HostName?.Split(',', StringSplitOptions.TrimEntries) ?? [""];
        foreach (var host in hosts.Where(host => Endpoints.Parse(host, 1) is null))
            yield return $"RabbitMQOptions.HostName has '{host}'. Use a host name or address, 'host:port', or several separated by commas.";
    }

    private static IEnumerable<string> Queue(RabbitMQOptions options)
    {
        var (arguments, flags) = (options.QueueArguments, options.QueueOptions);
        if (arguments.QueueType is not ("quorum" or "classic"))
            yield return $"RabbitMQOptions.QueueArguments.QueueType is '{arguments.QueueType}'. Use 'quorum' or 'classic'.";
        if (arguments.QueueType == "quorum" && (!flags.Durable || flags.Exclusive || flags.AutoDelete))
        {
            yield return $"RabbitMQOptions.QueueOptions has Durable {flags.Durable}, Exclusive {flags.Exclusive}, AutoDelete {flags.AutoDelete}. "
                + "A quorum queue is durable and neither exclusive nor auto-deleted: keep the defaults, or set QueueArguments.QueueType to 'classic'.";
        }
        if (arguments.QueueMode is not (null or "lazy" or "default"))
            yield return $"RabbitMQOptions.QueueArguments.QueueMode is '{arguments.QueueMode}'. Use 'lazy', 'default' or null.";
        if (arguments.QueueMode is not null && arguments.QueueType == "quorum")
            yield return $"RabbitMQOptions.QueueArguments.QueueMode is '{arguments.QueueMode}'. Quorum queues have none: use null.";
        if (arguments.MessageTTL is { } ttl && (ttl <= TimeSpan.Zero || ttl.TotalMilliseconds > int.MaxValue))
            yield return $"RabbitMQOptions.QueueArguments.MessageTTL is {ttl}. Use more than zero and at most 24 days, or null for never.";
    }
}
