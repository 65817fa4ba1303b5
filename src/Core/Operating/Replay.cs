using System.Globalization;
using System.Text;
using System.Text.Json;
using Cap.Messages;
using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging;

namespace Cap.Operating;

/// <summary>
/// Sends a message once more, perhaps changed: as a new message with an id of its own. One of the outbox is published again; one of the inbox
/// goes to its own group again, and to no other. The one it was made from stays what it is.
/// </summary>
internal sealed partial class Replay(CapOptions options, IStorage storage, WakeUps wakeUps, TimeProvider time, ILogger<Replay> log)
{
    /// <summary>The id of the message a replayed one was made from.</summary>
    public const string Origin = "cap-replay-of";

    /// <summary>Headers that each message gets anew.</summary>
    public static readonly IReadOnlyCollection<string> Own =
        [Headers.MessageId, Headers.MessageName, Headers.SentTime, Headers.DelayTime, Headers.Key, Headers.Group, Headers.Exception, Headers.ExecutionInstanceId, Origin];

    /// <summary>Sends it. Returns the id of the new message, and the entry of the audit log.</summary>
    /// <param name="type">Outbox or inbox.</param>
    /// <param name="from">The message it is made from.</param>
    /// <param name="headers">Its headers; those of <see cref="Own"/> are made anew.</param>
    /// <param name="value">Its value, UTF-8 JSON.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="stop">Gives up waiting for the database.</param>
    /// <exception cref="ArgumentException">The value is not JSON, a header cannot be one, or all of it is too large.</exception>
    public async Task<(string MessageId, long AuditId)> SendAsync(
        MessageType type, StoredMessage from, IReadOnlyDictionary<string, string?> headers, ReadOnlyMemory<byte> value, string by, CancellationToken stop)
    {
        if (!MessageContent.IsJson(value.Span) || value.IsEmpty)
            throw new ArgumentException("The value is not JSON.", nameof(value));
        var id = MessageId.New(time);
        var content = Content(from, headers, value, id);
        var hash = MessageKey.Hash(from.Key);
        var shard = hash is { } known ? MessageKey.Shard(known, options.ShardCount) : (int)(Convert.ToUInt32(id[16..], 16) % (uint)options.ShardCount);
        var lane = type == MessageType.Publish ? new Lane(type, from.Version ?? options.Version) : new Lane(type, from.Group!);
        var on = $"{lane} {from.Id} ({from.MessageId}) as {id}";
        // Before and after: whatever breaks in between, the log tells by which id to look whether it was sent.
        await storage.Monitoring.AuditAsync(new(by, "start replay", on, 0), stop).ConfigureAwait(false);
        if (type == MessageType.Publish)
        {
            var message = new NewMessage { MessageId = id, Name = from.Name, Shard = shard, Key = from.Key, KeyHash = hash, Content = content };
            await storage.PublishAsync(new(lane, [message], null), stop).ConfigureAwait(false);
        }
        else
        {
            var message = new IncomingMessage
            {
                Lane = lane,
                Shard = shard,
                MessageId = id,
                IdTime = MessageId.TimeOf(id),
                Name = from.Name,
                Key = from.Key,
                KeyHash = hash,
                Content = content,
            };
            await storage.ReceiveAsync([message], stop).ConfigureAwait(false);
        }
        wakeUps.Committed(lane, [shard]);
        Log.Replayed(log, by, lane, from.Name, from.MessageId, id);
        // It has been sent: that it is written down must not depend on the one who waits for the answer.
        return (id, await storage.Monitoring.AuditAsync(new(by, "replay", on, 1), CancellationToken.None).ConfigureAwait(false));
    }

    private byte[] Content(StoredMessage from, IReadOnlyDictionary<string, string?> given, ReadOnlyMemory<byte> value, string id)
    {
        var headers = new Dictionary<string, string?>(StringComparer.Ordinal);
        var known = HeadersOf(from);
        foreach (var (name, text) in given)
        {
            // What came from elsewhere as it is may go on as it is.
            var isAsItWas = known.TryGetValue(name, out var was) && was == text;
            if (!isAsItWas && (name.Length is 0 or > MessageName.MaxLength || MessageName.HasControl(name) || (text is not null && MessageName.HasControl(text))))
                throw new ArgumentException($"The header '{MessageName.Printable(name)}' is not usable: no control characters, and 1 to {MessageName.MaxLength} in its name.", nameof(given));
            if (!Own.Contains(name))
                headers[name] = text;
        }
        headers[Headers.MessageId] = id;
        headers[Headers.MessageName] = from.Name;
        headers[Headers.SentTime] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        headers[Origin] = from.MessageId;
        if (from.Key is not null)
            headers[Headers.Key] = from.Key;
        var (content, _) = MessageContent.Wrap(headers, value.Span);
        return content.Length <= options.MaxMessageBytes
            ? content.ToArray()
            : throw new ArgumentException($"The message has {content.Length} bytes, {options.MaxMessageBytes} are allowed (CapOptions.MaxMessageBytes).", nameof(value));
    }

    private static IReadOnlyDictionary<string, string?> HeadersOf(StoredMessage message)
    {
        try
        {
            return MessageContent.Read(Encoding.UTF8.GetBytes(message.Content)).Headers;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new Dictionary<string, string?>();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(204, LogLevel.Information, "{By} sends {Lane} '{Name}' {MessageId} once more, as {NewId}")]
        public static partial void Replayed(ILogger logger, string by, Lane lane, string name, string messageId, string newId);
    }
}
