using Cap.Conformance;
using Cap.InMemory;
using Cap.Messages;
using Cap.Storage;
using Cap.Working;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cap.Core.Tests.Working;

public class SettlerTests
{
    private static readonly Lane Lane = new(MessageType.Subscribe, "one");
    private readonly FakeTimeProvider _time = new();

    /// <summary>Three times at first, once taken apart, then from time to time.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(7, false)]
    [InlineData(5, true)]
    [InlineData(7, true)]
    public async Task What_is_refused_is_let_go_whenever_the_end_begins(int attempt, bool isLast)
    {
        var (asked, letGo) = (0, new List<Outcome>());
        Settler? settler = null;
        var storage = new ObservedStorage(new InMemoryStorage(_time))
        {
            BeforeSettle = _ =>
            {
                if (Interlocked.Increment(ref asked) == attempt)
                {
                    settler!.Drain();
                    if (isLast)
                        settler.Complete();
                }
                throw new InvalidOperationException("not this one");
            },
        };
        settler = new(Lane, storage, 100, (_, _) => { }, letGo.AddRange, new(_time), _time, NullLogger.Instance);
        var running = settler.RunAsync(default);
        settler.Add(new(new() { Id = 1, Shard = 0, MessageId = "1", Name = "n", Content = new byte[1] }, null));
        await Eventually.BecomesTrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return letGo.Count == 1;
        });
        settler.Complete();
        await running;
    }
}
