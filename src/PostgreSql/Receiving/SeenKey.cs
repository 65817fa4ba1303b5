using System.Security.Cryptography;
using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.PostgreSql;

/// <summary>
/// Where the inbox remembers an id, and as what. Both follow from the message alone, so that every copy meets the first one in the
/// same partition.
/// </summary>
internal readonly record struct SeenKey(short Slot, byte[] Id)
{
    // An index entry has room for 2,700 bytes; an id that long is no id any more.
    private const int MaxBytes = 200;

    public static SeenKey Of(IncomingMessage message) => Of(message.MessageId, message.IdTime);

    public static SeenKey Of(string messageId, DateTimeOffset? idTime)
    {
        Span<byte> made = stackalloc byte[12];
        if (idTime is { } time && MessageId.TryParse(messageId, made))
        {
            var day = (int)Math.Floor((time - DateTimeOffset.UnixEpoch).TotalDays);
            return new((short)(((day % Tables.SeenSlots) + Tables.SeenSlots) % Tables.SeenSlots), made.ToArray());
        }
        var bytes = Encoding.UTF8.GetBytes(messageId);
        return new(Tables.OwnIdSlot, bytes.Length <= MaxBytes ? bytes : SHA256.HashData(bytes));
    }
}
