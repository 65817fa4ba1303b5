using System.Net.Sockets;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Cap.RabbitMQ.Tests;

public sealed class RabbitMQOptionsTests
{
    public static TheoryData<string, Action<RabbitMQOptions>> Faults => new()
    {
        { "Uri has the scheme 'http'", options => options.Uri = new("http://localhost") },
        { "HostName has ''", options => options.HostName = "" },
        { "HostName has ''", options => options.HostName = "a,,b" },
        { "HostName has 'a/b'", options => options.HostName = "a/b" },
        { "HostName has 'a:x'", options => options.HostName = "a:x" },
        { "Port is 0", options => options.Port = 0 },
        { "Port is 65536", options => options.Port = 65536 },
        { "UserName is empty", options => options.UserName = "" },
        { "VirtualHost is empty", options => options.VirtualHost = "" },
        { "ExchangeName is ''", options => options.ExchangeName = "" },
        { "ExchangeName is 'ü", options => options.ExchangeName = new('ü', 128) },
        { "PrefetchCount of 0", options => options.BasicQosOptions = new(0) },
        { "MaxBundle is 0", options => options.MaxBundle = 0 },
        { "MaxBundle is 1001", options => options.MaxBundle = 1001 },
        { "ConfirmTimeout is 00:00:00.5", options => options.ConfirmTimeout = TimeSpan.FromSeconds(0.5) },
        { "QueueType is 'stream'", options => options.QueueArguments.QueueType = "stream" },
        { "QueueMode is 'lazy'", options => options.QueueArguments.QueueMode = "lazy" },
        { "QueueMode is 'x'", options => (options.QueueArguments.QueueType, options.QueueArguments.QueueMode) = ("classic", "x") },
        { "MessageTTL is 00:00:00", options => options.QueueArguments.MessageTTL = TimeSpan.Zero },
        { "MessageTTL is 30.00:00:00", options => options.QueueArguments.MessageTTL = TimeSpan.FromDays(30) },
        { "AutoDelete True", options => options.QueueOptions.AutoDelete = true },
        { "Durable False", options => options.QueueOptions.Durable = false },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_value(string expected, Action<RabbitMQOptions> configure)
    {
        var options = new RabbitMQOptions();
        configure(options);

        Assert.Contains(expected, Assert.Single(RabbitMQOptionsChecks.Check(options)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_faultless() => Assert.Empty(RabbitMQOptionsChecks.Check(new()));

    [Theory]
    [InlineData("localhost", "RabbitMQ localhost:5672/")]
    [InlineData("a, b:5673", "RabbitMQ a:5672,b:5673/")]
    [InlineData("::1", "RabbitMQ ::1:5672/")]
    [InlineData("[::1]:5673", "RabbitMQ ::1:5673/")]
    [InlineData("amqp://me:secret@broker:5673/shop", "RabbitMQ broker:5673/shop")]
    [InlineData("amqps://me:secret@broker", "RabbitMQ broker:5671/")]
    public async Task The_description_has_hosts_and_no_secrets(string hostOrUri, string description)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddCap(cap => cap.UseRabbitMQ(hostOrUri));

        await using var provider = services.BuildServiceProvider();

        Assert.Equal(description, provider.GetRequiredService<ITransport>().Description);
    }

    [Fact]
    public void Without_heartbeats_no_time_ends_a_connection()
    {
        var options = new RabbitMQOptions
        {
            ConnectionFactoryOptions = factory => (factory.RequestedHeartbeat, factory.SocketReadTimeout) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)),
        };
        Assert.Equal(Timeout.InfiniteTimeSpan, Endpoints.Factory(options, TimeProvider.System).SocketReadTimeout);
    }

    /// <summary>Whoever brings a socket of their own, for a tunnel perhaps, has it.</summary>
    [Fact]
    public void The_applications_own_socket_is_kept()
    {
        var own = (AddressFamily family) => ConnectionFactoryBase.DefaultSocketFactory(family);
        var options = new RabbitMQOptions { ConnectionFactoryOptions = factory => factory.SocketFactory = own };
        Assert.Same(own, Endpoints.Factory(options, TimeProvider.System).SocketFactory);
    }
}
