using Cap.Transport;
using RabbitMQ.Client;

namespace Cap.RabbitMQ;

/// <summary>Reads an AMQP message: it is one message, whoever sent it, or a bundle of them.</summary>
internal static class IncomingFrame
{
    /// <summary>
    /// The messages in it. With a fault it is one that nobody can read: the bundle as it came, under its own id, so that a second copy of it
    /// is known. Nothing of the body's memory is kept.
    /// </summary>
    public static (IReadOnlyList<TransportMessage> Messages, string? Fault) Read(
        string name, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, IReadOnlyList<KeyValuePair<string, string>> added)
    {
        if (properties.ContentType != Bundle.ContentType)
            return ([new(name, With(IncomingHeaders.Read(properties), added), body.ToArray())], null);
        var (messages, fault) = BundleReader.Read(body, name);
        if (fault is not null)
            return ([new(name, With(IncomingHeaders.Read(properties), added), body.ToArray())], $"The bundle of '{name}' cannot be read: {fault}. Its bytes are kept as base64 in the value; publish its messages again.");
        return (added.Count == 0 ? messages : [.. messages.Select(m => m with { Headers = With(new(m.Headers, StringComparer.Ordinal), added) })], null);
    }

    private static Dictionary<string, string?> With(Dictionary<string, string?> headers, IReadOnlyList<KeyValuePair<string, string>> added)
    {
        foreach (var (name, value) in added)
            headers[name] = value;
        return headers;
    }
}
