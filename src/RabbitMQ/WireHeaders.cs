using System.Collections;
using System.Text;
using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>
/// A message's headers as the client wants them, without copying them. Strings go as AMQP long strings of UTF-8, null as void:
/// what DotNetCore.CAP puts on the wire. What the client wants to add (its own trace context, when tracing is on) is dropped: the
/// message has the context of the transaction that published it, and none may be invented here.
/// </summary>
internal sealed class WireHeaders(IReadOnlyDictionary<string, string?> headers) : IDictionary<string, object?>
{
    public int Count => headers.Count;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => [.. headers.Keys];

    public ICollection<object?> Values => [.. headers.Values];

    public object? this[string key]
    {
        get => headers[key];
        set { }
    }

    /// <summary>Says what the broker, or the client, cannot take of a message's headers; null when nothing.</summary>
    public static string? FaultOf(TransportMessage message, long limit)
    {
        // For each header: length and text of the name, type, length and text of the value. The rest are the other properties.
        const int each = 6;
        const int rest = 1024;
        var most = (long)rest;
        foreach (var (name, value) in message.Headers)
        {
            if (!AmqpName.Fits(name))
                return $"'{message.Name}' has a header whose name takes more than {AmqpName.MaxBytes} bytes of UTF-8: '{name[..40]}…'. Shorten it.";
            most += each + (3L * (name.Length + (value?.Length ?? 0)));
        }
        if (most <= limit)
            return null;
        var bytes = (long)rest;
        var (largest, ofLargest) = ("", -1L);
        foreach (var (name, value) in message.Headers)
        {
            var one = (long)each + Encoding.UTF8.GetByteCount(name) + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));
            bytes += one;
            if (one > ofLargest)
                (largest, ofLargest) = (name, one);
        }
        return bytes <= limit
            ? null
            : $"The headers of '{message.Name}' take {bytes} bytes; the broker takes {limit} (its frame_max). The largest is '{largest}' with "
                + $"{ofLargest} bytes. Put large data into the value.";
    }

    public bool ContainsKey(string key) => headers.ContainsKey(key);

    public bool Contains(KeyValuePair<string, object?> item) => headers.TryGetValue(item.Key, out var value) && Equals(value, item.Value);

    public bool TryGetValue(string key, out object? value)
    {
        var found = headers.TryGetValue(key, out var text);
        value = text;
        return found;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        foreach (var (name, value) in headers)
            yield return new(name, value);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex)
    {
        foreach (var pair in this)
            array[arrayIndex++] = pair;
    }

    public void Add(string key, object? value) { }

    public void Add(KeyValuePair<string, object?> item) { }

    public void Clear() { }

    public bool Remove(string key) => false;

    public bool Remove(KeyValuePair<string, object?> item) => false;
}
