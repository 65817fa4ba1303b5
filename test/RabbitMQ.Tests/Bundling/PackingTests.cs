using Cap.Transport;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ.Tests;

public sealed class PackingTests
{
    [Fact]
    public void Messages_of_one_name_travel_together()
    {
        Assert.Equal(["x0 x2 x4", "y1 y3"], Packed(100, "x", "y", "x", "y", "x"));
        Assert.Equal(["x0 x2", "y1 y3", "x4"], Packed(2, "x", "y", "x", "y", "x"));
    }

    [Fact]
    public void A_key_is_never_overtaken_by_a_message_of_another_name()
    {
        Assert.Equal(["x0:k x1", "y2:k", "x3:k"], Packed(100, "x:k", "x", "y:k", "x:k"));
        Assert.Equal(["x0:k x3:l", "y1 y2:m"], Packed(100, "x:k", "y", "y:m", "x:l"));
    }

    [Fact]
    public void A_large_message_travels_alone()
    {
        TransportMessage Of(int bytes) => new("x", new Dictionary<string, string?>(), new byte[bytes]);
        var packs = Packing.Pack([Of(10), Of(Bundle.MostBytes + 1), Of(Bundle.MostBytes - 100), Of(10), Of(100)], 100);
        Assert.Equal([[0], [1], [2, 3], [4]], packs);
    }

    /// <summary>Over many batches of every kind: each message once, and order within each name and each key.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Order_holds_whatever_is_sent(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            TransportMessage[] messages =
            [
                .. Enumerable.Range(0, random.Next(1, 60)).Select(_ => new TransportMessage(
                    $"n{random.Next(4)}",
                    random.Next(2) == 0
                        ? new Dictionary<string, string?>()
                        : new Dictionary<string, string?> { [Headers.Key] = $"k{random.Next(3)}" },
                    new byte[random.Next(Bundle.MostBytes / 4)])),
            ];
            var sent = Packing.Pack(messages, random.Next(2, 8)).SelectMany(pack => pack).ToList();

            Assert.Equal(Enumerable.Range(0, messages.Length), sent.Order());
            foreach (var ofName in sent.GroupBy(place => messages[place].Name))
                Assert.Equal(ofName.Order(), ofName);
            foreach (var ofKey in sent.Where(place => messages[place].Headers.Count > 0).GroupBy(place => messages[place].Headers[Headers.Key]))
                Assert.Equal(ofKey.Order(), ofKey);
        }
    }

    private static IEnumerable<string> Packed(int most, params string[] messages)
    {
        TransportMessage[] all = [.. messages.Select(m => m.Split(':')).Select(parts => new TransportMessage(
            parts[0],
            parts.Length == 1 ? new Dictionary<string, string?>() : new Dictionary<string, string?> { [Headers.Key] = parts[1] },
            default))];
        return Packing.Pack(all, most).Select(pack => string.Join(' ', pack.Select(place => messages[place].Insert(1, $"{place}"))));
    }
}
