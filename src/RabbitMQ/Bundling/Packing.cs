using Cap.Transport;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ;

/// <summary>
/// Decides which messages of a batch travel together: those of one name. What has one name, and what has one key, keeps its order.
/// </summary>
internal static class Packing
{
    /// <summary>The places of the messages that travel together, in the order of sending.</summary>
    public static IEnumerable<int[]> Pack(IReadOnlyList<TransportMessage> messages, int most)
    {
        var packs = new List<List<int>>();
        var open = new Dictionary<string, OpenPack>(StringComparer.Ordinal);
        var nameOfKey = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Headers.GetValueOrDefault(Headers.Key) is { } key && !nameOfKey.TryAdd(key, message.Name) && nameOfKey[key] != message.Name)
            {
                // An open pack of this name may lie before the one its predecessor is in.
                open.Clear();
                nameOfKey.Clear();
                nameOfKey[key] = message.Name;
            }
            var size = SizeOf(message);
            if (!open.TryGetValue(message.Name, out var pack) || pack.Places.Count == most || pack.Bytes + size > Bundle.MostBytes)
            {
                pack = open[message.Name] = new([]);
                packs.Add(pack.Places);
            }
            pack.Places.Add(i);
            pack.Bytes += size;
        }
        return packs.Select(places => places.ToArray());
    }

    /// <summary>Bytes in the frame, for a text of ASCII.</summary>
    private static long SizeOf(TransportMessage message)
    {
        var size = (2L * sizeof(uint)) + message.Body.Length;
        foreach (var (name, value) in message.Headers)
            size += (2L * sizeof(uint)) + name.Length + (value?.Length ?? 0);
        return size;
    }

    private sealed class OpenPack(List<int> places)
    {
        public List<int> Places { get; } = places;

        public long Bytes { get; set; }
    }
}
