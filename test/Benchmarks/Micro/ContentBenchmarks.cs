using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Cap.Messages;

namespace Cap.Benchmarks;

/// <summary>Between a message and what is stored of it.</summary>
public class ContentBenchmarks
{
    private readonly byte[] _json = JsonSerializer.SerializeToUtf8Bytes(Work.Of(1));
    private readonly Dictionary<string, string?> _headers = new()
    {
        [Headers.MessageId] = MessageId.New(TimeProvider.System),
        [Headers.MessageName] = "work.done",
        [Headers.Type] = nameof(Work),
        [Headers.SentTime] = "2026-01-01T00:00:00.0000000+00:00",
        [Headers.CorrelationId] = MessageId.New(TimeProvider.System),
        [Headers.CorrelationSequence] = "0",
    };

    private ReadOnlyMemory<byte> _content;

    [GlobalSetup]
    public void SetUp() => _content = MessageContent.Wrap(_headers, _json).Content;

    [Benchmark]
    public int Wrap() => MessageContent.Wrap(_headers, _json).Content.Length;

    [Benchmark]
    public int Read() => MessageContent.Read(_content).Value.Length;

    [Benchmark]
    public bool IsJson() => MessageContent.IsJson(_json);
}
