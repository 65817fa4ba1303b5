using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cap.RabbitMQ.Tests;

/// <summary>Transports of tests: each test has an exchange of its own.</summary>
internal static class TestTransport
{
    public static RabbitMQOptions Options(string uri, string unique, Action<RabbitMQOptions>? configure = null)
    {
        var options = new RabbitMQOptions { Uri = new(uri), ExchangeName = $"cap-test-{unique}" };
        configure?.Invoke(options);
        return options;
    }

    public static RabbitMQTransport New(string uri, string unique, Action<RabbitMQOptions>? configure = null) =>
        New(Options(uri, unique, configure));

    public static RabbitMQTransport New(RabbitMQOptions options, ILogger<RabbitMQTransport>? log = null) =>
        new(options, new ServiceCollection().BuildServiceProvider(), TimeProvider.System, log ?? NullLogger<RabbitMQTransport>.Instance);
}
