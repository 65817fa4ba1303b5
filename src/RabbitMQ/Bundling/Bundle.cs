using System.Buffers.Binary;
using System.Numerics;

namespace Cap.RabbitMQ;

/// <summary>
/// Many messages of one name in one AMQP message. docs/concepts/wire.md specifies the frame; whoever changes one changes the other.
/// </summary>
internal static class Bundle
{
    /// <summary>The AMQP content type of a bundle. Messages of users cannot have it: theirs is always JSON.</summary>
    public const string ContentType = "application/vnd.cap.bundle";

    public const byte Version = 1;

    /// <summary>No reader takes more, so that a few bytes cannot claim a million messages.</summary>
    public const int MostMessages = 1000;

    /// <summary>
    /// No writer makes larger ones of several messages: a consumer is given a number of AMQP messages in advance, and has to hold what is in
    /// them. A larger message travels alone.
    /// </summary>
    public const int MostBytes = 128 * 1024;

    /// <summary>No reader takes larger ones: enough for <see cref="MostBytes"/> of text that is three bytes a character.</summary>
    public const int MostFrameBytes = 512 * 1024;

    /// <summary>Magic, version and count.</summary>
    public const int HeadSize = 9;

    /// <summary>The checksum.</summary>
    public const int TailSize = 4;

    /// <summary>The length of a header that is null.</summary>
    public const uint Null = uint.MaxValue;

    public static ReadOnlySpan<byte> Magic => "CAPB"u8;

    /// <summary>CRC-32C, as RFC 3720 (appendix B.4) has it: 0xE3069283 for the digits 1 to 9.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
