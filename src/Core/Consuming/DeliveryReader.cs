using System.Globalization;
using System.Text;
using Cap.Messages;
using Cap.Storage;
using Cap.Transport;

namespace Cap.Consuming;

/// <summary>
/// Turns a delivery to a group into a row of its inbox. Whatever arrives can be stored: what nobody can read becomes a Failed row with its bytes and
/// the reason, so it neither blocks the queue nor gets lost. Not thread-safe.
/// </summary>
internal sealed class DeliveryReader(Lane lane, CapOptions options, TimeProvider time)
{
    private uint _turn = (uint)Random.Shared.Next();

    public IncomingMessage Read(Delivery delivery)
    {
        var message = delivery.Message;
        var headers = new Dictionary<string, string?>(message.Headers, StringComparer.Ordinal);
        // Said by the inbox alone: from anybody else it would make a body unreadable that is not.
        headers.Remove(Headers.BodyEncoding);
        var fault = Complete(headers, message.Name) ?? delivery.Fault;
        var body = message.Body;
        if (delivery.Fault is not null || !MessageContent.IsJson(body.Span))
        {
            headers[Headers.BodyEncoding] = "base64";
            body = Encoding.ASCII.GetBytes($"\"{Convert.ToBase64String(body.Span)}\"");
            fault ??= $"The body of '{message.Name}' is not JSON. Its bytes are kept as base64 in the value.";
        }
        headers[Headers.Group] = lane.Name;
        var name = headers[Headers.MessageName]!;
        var id = headers[Headers.MessageId]!;
        var key = headers.GetValueOrDefault(Headers.Key) is { Length: > 0 and <= MessageName.MaxLength } k ? k : null;
        var hash = MessageKey.Hash(key);
        var (content, value) = MessageContent.Wrap(headers, body.Span);
        var row = new IncomingMessage
        {
            Lane = lane,
            MessageId = id,
            IdTime = IdTime(id, headers),
            Name = name,
            Key = key,
            KeyHash = hash,
            Shard = hash is { } h ? MessageKey.Shard(h, options.ShardCount) : NextShard(),
            Content = content,
            Parts = new(headers, value),
            RejectedKeepTime = options.FailedMessageExpiredAfter,
        };
        return fault is null ? row : row with { Rejected = new(1, time.GetUtcNow(), options.NodeName, TimeSpan.Zero, fault) };
    }

    /// <summary>Any shard in turn, so that all nodes of the group get their part.</summary>
    private int NextShard() => (int)(_turn++ % (uint)options.ShardCount);

    /// <summary>Fills in what a foreign message lacks. Returns what makes the message unreadable, or null.</summary>
    private string? Complete(Dictionary<string, string?> headers, string routingKey)
    {
        string? fault = null;
        if (headers.GetValueOrDefault(Headers.MessageName) is not { Length: > 0 } name)
            headers[Headers.MessageName] = name = routingKey;
        if (name.Length is 0 or > MessageName.MaxLength)
        {
            fault = $"The message's name has {name.Length} characters; 1 to {MessageName.MaxLength} are allowed.";
            headers[Headers.MessageName] = name.Length == 0 ? "(none)" : name[..MessageName.MaxLength];
        }
        if (headers.GetValueOrDefault(Headers.MessageId) is not { Length: > 0 } id)
        {
            // Without an id there is nothing to tell a second copy by: each delivery counts as a message.
            headers[Headers.MessageId] = MessageId.New(time);
        }
        else if (id.Length > MessageName.MaxLength)
        {
            fault ??= $"The message's id has {id.Length} characters; at most {MessageName.MaxLength} are allowed.";
            headers[Headers.MessageId] = MessageId.New(time);
        }
        return fault;
    }

    /// <summary>
    /// A delayed message arrives long after its id was made; its due time is in its headers, so every copy of it is remembered from then.
    /// </summary>
    private static DateTimeOffset? IdTime(string id, Dictionary<string, string?> headers)
    {
        if (MessageId.TimeOf(id) is not { } made)
            return null;
        // Exactly as Cap writes it: other libraries put other things there, and every copy must give the same time.
        var text = headers.GetValueOrDefault(Headers.DelayTime);
        var hasDue = DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var due);
        return hasDue && due > made ? due : made;
    }
}
