using BenchmarkDotNet.Attributes;
using Cap.Messages;

namespace Cap.Benchmarks;

/// <summary>Ids, keys and names.</summary>
public class NamingBenchmarks
{
    private readonly string _id = MessageId.New(TimeProvider.System);
    private readonly TopicPattern _literal = TopicPattern.Parse("shop.order.placed");
    private readonly TopicPattern _oneWord = TopicPattern.Parse("shop.*.placed");
    private readonly TopicPattern _anyWords = TopicPattern.Parse("#.placed");
    private readonly byte[] _bytes = new byte[12];
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly string _key = "customer-4711";
    private readonly string _name = "shop.order.placed";

    [Benchmark]
    public string NewId() => MessageId.New(_time);

    [Benchmark]
    public bool ParseId() => MessageId.TryParse(_id, _bytes);

    [Benchmark]
    public int ShardOfKey() => MessageKey.Shard(MessageKey.Hash(_key)!.Value, 16);

    [Benchmark]
    public bool MatchLiteral() => _literal.IsMatch(_name);

    [Benchmark]
    public bool MatchOneWord() => _oneWord.IsMatch(_name);

    [Benchmark]
    public bool MatchAnyWords() => _anyWords.IsMatch(_name);
}
