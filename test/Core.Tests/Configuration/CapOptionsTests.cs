using Cap.Conformance;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Core.Tests.Configuration;

public class CapOptionsTests
{
    [Fact]
    public async Task A_missing_storage_and_a_missing_transport_are_told_with_their_remedies()
    {
        var faults = await FaultsAsync(_ => { });
        Assert.Contains(faults, f => f.StartsWith("No storage is configured", StringComparison.Ordinal) && f.Contains("UsePostgreSql", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("No transport is configured", StringComparison.Ordinal) && f.Contains("UseRabbitMQ", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_storages_are_refused_at_once_by_name()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            new ServiceCollection().AddCap(cap =>
            {
                cap.UseInMemoryStorage();
                cap.UseStorage("Other", _ => { }, () => []);
            })
        );
        Assert.Contains("Two storages are configured", error.Message, StringComparison.Ordinal);
        Assert.Contains("Other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_transports_in_two_calls_are_refused_too()
    {
        var services = new ServiceCollection();
        services.AddCap(cap => cap.UseInMemory());
        Assert.Throws<InvalidOperationException>(() => services.AddCap(cap => cap.UseTransport("Other", _ => { }, () => [])));
    }

    [Fact]
    public void AddCap_may_be_called_twice_and_configures_the_same_options()
    {
        var services = new ServiceCollection();
        services.AddCap(cap => cap.Version = "v7");
        services.AddCap(cap =>
        {
            Assert.Equal("v7", cap.Version);
            cap.UseInMemory();
        });
        Assert.Single(services, s => s.ServiceType == typeof(ICapPublisher));
    }

    [Fact]
    public async Task All_faults_are_reported_at_once_with_name_value_and_remedy()
    {
        var faults = await FaultsAsync(cap =>
        {
            cap.UseInMemory();
            cap.FailedRetryCount = 0;
            cap.ImmediateRetryCount = -1;
            cap.FailedRetryInterval = TimeSpan.FromSeconds(-1);
            cap.LeaseTime = TimeSpan.FromMilliseconds(1);
            cap.PollingInterval = TimeSpan.Zero;
            cap.ShardCount = 257;
            cap.ConsumerThreadCount = 0;
            cap.KeptAttemptCount = 0;
            cap.SchedulerBatchSize = 0;
            cap.DeduplicationWindow = TimeSpan.FromDays(31);
            cap.MaxMessageBytes = 10;
            cap.MaxBufferedBytes = 5;
            cap.Version = new string('v', 21);
            cap.DefaultGroupName = "";
            cap.TopicNamePrefix = "a.*";
            cap.CollectorCleaningInterval = TimeSpan.Zero;
            cap.SucceedMessageExpiredAfter = TimeSpan.FromSeconds(-1);
            cap.FailedMessageExpiredAfter = TimeSpan.FromSeconds(-1);
            cap.ShutdownTime = TimeSpan.FromSeconds(-1);
            cap.NodeName = "a\nb";
            cap.HandlerTimeout = TimeSpan.Zero;
        });
        string[] names =
        [
            nameof(CapOptions.FailedRetryCount),
            nameof(CapOptions.ImmediateRetryCount),
            nameof(CapOptions.FailedRetryInterval),
            nameof(CapOptions.LeaseTime),
            nameof(CapOptions.PollingInterval),
            nameof(CapOptions.ShardCount),
            nameof(CapOptions.ConsumerThreadCount),
            nameof(CapOptions.KeptAttemptCount),
            nameof(CapOptions.SchedulerBatchSize),
            nameof(CapOptions.DeduplicationWindow),
            nameof(CapOptions.MaxMessageBytes),
            nameof(CapOptions.MaxBufferedBytes),
            nameof(CapOptions.Version),
            nameof(CapOptions.DefaultGroupName),
            nameof(CapOptions.TopicNamePrefix),
            nameof(CapOptions.CollectorCleaningInterval),
            nameof(CapOptions.SucceedMessageExpiredAfter),
            nameof(CapOptions.FailedMessageExpiredAfter),
            nameof(CapOptions.ShutdownTime),
            nameof(CapOptions.NodeName),
            nameof(CapOptions.HandlerTimeout),
        ];
        Assert.Equal(names.Order(), faults.Select(f => f.Split(' ')[0]).Order());
        Assert.Contains("ShardCount is 257. Give it a value from 1 to 256.", faults);
    }

    [Fact]
    public async Task Handler_faults_stand_in_the_same_report()
    {
        var faults = await FaultsAsync(cap => cap.UseInMemory().FailedRetryCount = 0, builder => builder.Services.AddTransient<TwoValues>());
        Assert.Equal(2, faults.Count);
    }

    private static async Task<IReadOnlyList<string>> FaultsAsync(Action<CapOptions> configure, Action<CapBuilder>? build = null)
    {
        await using var node = new TestNode(configure, build ?? (_ => { }));
        var error = await Assert.ThrowsAsync<CapConfigurationException>(() => node.StartAsync(default));
        Assert.All(error.Faults, fault => Assert.Contains(fault, error.Message, StringComparison.Ordinal));
        return error.Faults;
    }

    private sealed class TwoValues : ICapSubscribe
    {
        [CapSubscribe("n")]
        public void Handle(string one, string two) { }
    }
}
