using BenchmarkDotNet.Attributes;
using Cap.Leasing;
using Cap.Publishing;
using Cap.Serialization;

namespace Cap.Benchmarks;

/// <summary>From a value to a row of the outbox.</summary>
public class ComposingBenchmarks
{
    private readonly Work _work = Work.Of(1);
    private readonly PublishOptions _plain = new();
    private readonly PublishOptions _keyed = new() { Key = "customer-4711" };
    private MessageComposer _composer = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var options = new CapOptions();
        _composer = new(options, new SystemTextJsonSerializer(options), new Leases(options, TimeProvider.System), TimeProvider.System);
    }

    [Benchmark]
    public object Compose() => _composer.Compose("work.done", _work, _plain);

    [Benchmark]
    public object ComposeWithKey() => _composer.Compose("work.done", _work, _keyed);
}
