using System.Buffers.Binary;
using System.Text;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

public sealed class BundleTests
{
    private static readonly TransportMessage[] Some =
    [
        new("x", new Dictionary<string, string?> { ["id"] = "1", ["größe"] = "weiß", ["null"] = null, ["empty"] = "" }, "{\"a\":1}"u8.ToArray()),
        new("x", new Dictionary<string, string?>(), default),
        new("x", new Dictionary<string, string?> { ["id"] = "3" }, new byte[5000]),
    ];

    [Fact]
    public void What_is_written_is_read()
    {
        var writer = new BundleWriter();
        writer.Write(Some[..1]);

        var (messages, fault) = BundleReader.Read(writer.Write(Some), "x");

        Assert.Null(fault);
        Assert.Equal(Some.Select(m => m.Headers), messages.Select(m => m.Headers));
        Assert.Equal(Some.Select(m => m.Body.ToArray()), messages.Select(m => m.Body.ToArray()));
        Assert.All(messages, m => Assert.Equal("x", m.Name));
    }

    /// <summary>The frame that docs/concepts/wire.md shows: it may never change.</summary>
    [Fact]
    public void The_frame_is_the_one_that_is_documented()
    {
        var frame = new BundleWriter().Write([new("x", new Dictionary<string, string?> { ["id"] = "7" }, "{}"u8.ToArray())]);

        Assert.Equal("43415042 01 00000001 00000001 00000002 6964 00000001 37 00000002 7b7d".Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(frame.Span[..^4]));
        Assert.Equal(0xe3069283u, Bundle.Checksum("123456789"u8));
        Assert.Equal(Bundle.Checksum(frame.Span[..^4]), BinaryPrimitives.ReadUInt32BigEndian(frame.Span[^4..]));
    }

    [Fact]
    public void A_frame_that_is_cut_anywhere_is_refused()
    {
        var frame = new BundleWriter().Write(Some).ToArray();
        foreach (var length in Enumerable.Range(0, 200).Append(frame.Length - 1))
            Assert.NotNull(BundleReader.Read(frame.AsMemory(0, length), "x").Fault);
    }

    [Fact]
    public void A_frame_with_any_bit_changed_is_refused()
    {
        var frame = new BundleWriter().Write(Some[..2]).ToArray();
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(BundleReader.Read(frame, "x").Fault);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Null(BundleReader.Read(frame, "x").Fault);
    }

    /// <summary>Whoever can write to the exchange can also write a checksum that is right.</summary>
    [Fact]
    public void A_frame_that_lies_is_refused_and_costs_no_memory()
    {
        var frame = new BundleWriter().Write(Some).ToArray();
        var faults = 0;
        for (var at = Bundle.Magic.Length + 1; at < 300; at++)
        {
            foreach (var lie in new uint[] { 0, 1, 1001, int.MaxValue, uint.MaxValue })
            {
                var lying = frame.ToArray();
                BinaryPrimitives.WriteUInt32BigEndian(lying.AsSpan(at), lie);
                Sign(lying);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var (messages, fault) = BundleReader.Read(lying, "x");
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
                Assert.True(fault is null ? messages.Count > 0 : messages.Count == 0);
                faults += fault is null ? 0 : 1;
            }
        }
        Assert.True(faults > 0);
    }

    [Theory]
    [InlineData(4, 2, "version 2")]
    [InlineData(8, 0, "0 messages")]
    [InlineData(8, 2, "bytes follow its last message")]
    [InlineData(8, 4, "ends within a message")]
    public void The_fault_says_what_is_wrong(int at, byte value, string fault)
    {
        var frame = new BundleWriter().Write(Some).ToArray();
        frame[at] = value;
        Sign(frame);
        Assert.Contains(fault, BundleReader.Read(frame, "x").Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_too_large_nor_too_many()
    {
        Assert.Contains("524288 are allowed", BundleReader.Read(new byte[Bundle.MostFrameBytes + 1], "x").Fault, StringComparison.Ordinal);
        var many = new BundleWriter().Write([.. Enumerable.Repeat(Some[1], Bundle.MostMessages + 1)]);
        Assert.Contains("1001 messages", BundleReader.Read(many, "x").Fault, StringComparison.Ordinal);
        Assert.Contains("begin like a bundle", BundleReader.Read("{\"value\":\"some JSON\"}"u8.ToArray(), "x").Fault, StringComparison.Ordinal);
    }

    /// <summary>The largest that is packed can be read, whatever its characters are.</summary>
    [Fact]
    public void The_largest_pack_fits()
    {
        var text = new string('€', (Bundle.MostBytes / 2) - 100);
        TransportMessage[] two = [.. Enumerable.Range(0, 2).Select(i => new TransportMessage("x", new Dictionary<string, string?> { ["h"] = text }, default))];
        var pack = Assert.Single(Packing.Pack(two, 100));

        var frame = new BundleWriter().Write([.. pack.Select(place => two[place])]);

        Assert.True(frame.Length > Encoding.UTF8.GetByteCount(text) * 2);
        Assert.Null(BundleReader.Read(frame, "x").Fault);
    }

    private static void Sign(byte[] frame) => BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Bundle.Checksum(frame.AsSpan(0, frame.Length - 4)));
}
