using System.Collections;
using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ;

/// <summary>Turns what arrives, from Cap, DotNetCore.CAP or anybody else, into headers: every value becomes a string.</summary>
internal static class IncomingHeaders
{
    /// <summary>Headers that describe the delivery and not the message: written by the broker and by a client that counts.</summary>
    private static readonly string[] OfDelivery = ["x-delivery-count", "x-dotnet-pub-seq-no"];

    /// <summary>Deeper lists and tables are left out: within one frame there is room for so many that writing them would end the process.</summary>
    private const int MaxDepth = 32;

    public static Dictionary<string, string?> Read(IReadOnlyBasicProperties properties)
    {
        var headers = new Dictionary<string, string?>(properties.Headers?.Count ?? 0, StringComparer.Ordinal);
        foreach (var (name, value) in properties.Headers ?? new Dictionary<string, object?>())
        {
            if (!OfDelivery.Contains(name, StringComparer.Ordinal))
                headers[name] = TextOf(value);
        }
        // A foreign message often has an id here: with it the inbox knows a second copy.
        if (!headers.ContainsKey(Headers.MessageId) && !string.IsNullOrEmpty(properties.MessageId))
            headers[Headers.MessageId] = properties.MessageId;
        return headers;
    }

    private static string? TextOf(object? value, int depth = 0) =>
        value switch
        {
            null => null,
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            string text => text,
            bool flag => flag ? "true" : "false",
            AmqpTimestamp time => TextOf(time),
            BinaryTableValue binary => Convert.ToBase64String(binary.Bytes),
            IEnumerable when depth == MaxDepth => "…",
            IDictionary table => $"{{{string.Join(", ", table.Keys.Cast<object>().Select(key => $"{key}: {TextOf(table[key], depth + 1)}"))}}}",
            IEnumerable<KeyValuePair<string, object?>> table =>
                $"{{{string.Join(", ", table.Select(pair => $"{pair.Key}: {TextOf(pair.Value, depth + 1)}"))}}}",
            IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(item => TextOf(item, depth + 1)))}]",
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

    private static string TextOf(AmqpTimestamp time)
    {
        // Anybody may have sent any number.
        var isInRange = time.UnixTime >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && time.UnixTime <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return isInRange
            ? DateTimeOffset.FromUnixTimeSeconds(time.UnixTime).ToString("O", CultureInfo.InvariantCulture)
            : time.UnixTime.ToString(CultureInfo.InvariantCulture);
    }
}
