using Cap.Transport;
using RabbitMQ.Client;

namespace Cap.RabbitMQ;

/// <summary>Reads an AMQP message: it is one message, whoever sent it, or a bundle of them, which only Cap sends.</summary>
internal static class IncomingFrame
{
    public static bool IsBundle(IReadOnlyBasicProperties properties) => properties.ContentType == Bundle.ContentType;

    /// <summary>
    /// The messages in it. With a fault it is one that nobody can read: the bundle as it came, under its own id, so that a second copy of it
    /// is known. Nothing of the body's memory is kept.
    /// </summary>
    /// <param name="name">The routing key.</param>
    /// <param name="properties">The properties.</param>
    /// <param name="body">The body.</param>
    /// <param name="added">Headers that go before those of a single message.</param>
    public static (IReadOnlyList<TransportMessage> Messages, string? Fault) Read(
        string name, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, IReadOnlyList<KeyValuePair<string, string>> added)
    {
        string? fault = null;
        if (IsBundle(properties))
        {
            (var messages, fault) = BundleReader.Read(body, name);
            if (fault is null)
                return (messages, null);
            fault = $"The bundle of '{name}' cannot be read: {fault}. Its bytes are kept as base64 in the value; publish its messages again.";
        }
        var headers = IncomingHeaders.Read(properties);
        foreach (var (header, value) in added)
            headers[header] = value;
        return ([new(name, headers, body.ToArray())], fault);
    }
}
