using Cap.Conformance;
using Cap.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cap.Core.Tests.Monitoring;

public class HealthCheckTests
{
    [Fact]
    public async Task It_is_unhealthy_until_started_and_after_the_stop()
    {
        await using var node = Node();
        Assert.Equal((HealthStatus.Unhealthy, "Cap is not started."), await SaidAsync(node));
        await node.StartAsync(default);
        Assert.Equal((HealthStatus.Healthy, "Cap works."), await SaidAsync(node));
        await node.Bootstrapper.StopAsync();
        Assert.Equal((HealthStatus.Unhealthy, "Cap is not started."), await SaidAsync(node));
    }

    [Fact]
    public async Task What_stops_work_is_unhealthy_and_what_only_delays_it_degraded()
    {
        await using var node = Node();
        await node.StartAsync(default);
        var troubles = node.Services.GetRequiredService<Troubles>();
        troubles.Begin("a", new InvalidOperationException("slow"), stopsWork: false);
        Assert.Equal((HealthStatus.Degraded, "a: slow"), await SaidAsync(node));
        troubles.Begin("b", new InvalidOperationException("gone"));
        Assert.Equal((HealthStatus.Unhealthy, "a: slow b: gone"), await SaidAsync(node));
        troubles.End("a");
        troubles.End("b");
        Assert.Equal(HealthStatus.Healthy, (await SaidAsync(node)).Item1);
    }

    [Fact]
    public void Trouble_keeps_its_time_and_takes_the_newest_reason()
    {
        var time = new FakeTimeProvider();
        var troubles = new Troubles(time);
        var since = time.GetUtcNow();
        troubles.Begin("a", new InvalidOperationException("first"));
        time.Advance(TimeSpan.FromMinutes(1));
        troubles.Begin("a", new InvalidOperationException("second"));
        Assert.Equal(new("a", since, "second", StopsWork: true), Assert.Single(troubles.Now));
    }

    [Fact]
    public async Task Registered_twice_it_is_one_check_with_the_tags_of_both_and_another_name_is_another()
    {
        await using var node = new TestNode(
            cap => cap.UseInMemory(),
            builder =>
                builder.Services.AddLogging().AddHealthChecks()
                    .AddCap(tags: ["ready"])
                    .AddCap(tags: ["alarm"])
                    .AddCap("mild", HealthStatus.Degraded)
        );
        var report = await node.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(["cap", "mild"], report.Entries.Keys.Order());
        Assert.Equal(["alarm", "ready"], report.Entries["cap"].Tags.Order());
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Degraded), (report.Entries["cap"].Status, report.Entries["mild"].Status));
    }

    private static async Task<(HealthStatus, string?)> SaidAsync(TestNode node)
    {
        var report = await node.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        var entry = Assert.Single(report.Entries).Value;
        return (entry.Status, entry.Description);
    }

    // Twice, as two modules of an application may.
    private static TestNode Node() =>
        new(cap => cap.UseInMemory(), builder => builder.Services.AddLogging().AddHealthChecks().AddCap().AddCap());
}
