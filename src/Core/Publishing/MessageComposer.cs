using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Cap.Leasing;
using Cap.Messages;
using Cap.Serialization;
using Cap.Storage;

namespace Cap.Publishing;

/// <summary>Turns what the application publishes into a row of the outbox, and refuses what cannot be one.</summary>
internal sealed class MessageComposer(CapOptions options, ISerializer serializer, Leases leases, TimeProvider time)
{
    private static readonly string[] Own =
    [
        Messages.Headers.MessageName,
        Messages.Headers.Group,
        Messages.Headers.Key,
        Messages.Headers.DelayTime,
        Messages.Headers.SentTime,
        Messages.Headers.Type,
        Messages.Headers.Exception,
        Messages.Headers.ExecutionInstanceId,
        Messages.Headers.BodyEncoding,
    ];

    private readonly Lane _lane = new(MessageType.Publish, options.Version);

    public NewMessage Compose(string name, object? value, PublishOptions how)
    {
        Refuse(MessageName.PublishFault(name), nameof(name));
        var fullName = options.TopicNamePrefix is { Length: > 0 } prefix ? $"{prefix}.{name}" : name;
        Refuse(MessageName.PublishFault(fullName), nameof(name));
        if (how.Key is not null)
            Refuse(MessageName.TextFault("key", how.Key), nameof(how.Key));
        if (how.Delay is not null && how.DueAt is not null)
            throw new ArgumentException($"The message '{name}' has a Delay and a DueAt. Set one of them.", nameof(how));
        if (how.Delay < TimeSpan.Zero)
            throw new ArgumentException($"The delay {how.Delay} of message '{name}' is negative. Give a time from now on.", nameof(how));

        var now = time.GetUtcNow();
        var headers = Headers(fullName, value, how, now);
        var id = headers[Messages.Headers.MessageId]!;
        var hash = MessageKey.Hash(how.Key);
        return new NewMessage
        {
            MessageId = id,
            Name = fullName,
            Key = how.Key,
            KeyHash = hash,
            Shard = hash is { } h ? MessageKey.Shard(h, options.ShardCount) : leases.PickForPublishing(_lane),
            Delay = how.Delay > TimeSpan.Zero ? how.Delay : null,
            DueAt = how.DueAt,
            Content = Content(name, value, headers),
        };
    }

    private Dictionary<string, string?> Headers(string name, object? value, PublishOptions how, DateTimeOffset now)
    {
        var headers = how.Headers is null ? [] : new Dictionary<string, string?>(how.Headers, StringComparer.Ordinal);
        foreach (var (header, text) in headers)
            CheckHeader(name, header, text);
        RemoveOwn(headers);
        if (how.MessageId is not null)
            headers[Messages.Headers.MessageId] = how.MessageId;
        if (!headers.TryGetValue(Messages.Headers.MessageId, out var id) || id is null)
            headers[Messages.Headers.MessageId] = id = MessageId.New(time);
        Refuse(MessageName.TextFault("message id", id), nameof(how.MessageId));
        if (how.CallbackName is not null)
            headers[Messages.Headers.CallbackName] = how.CallbackName;
        if (headers.GetValueOrDefault(Messages.Headers.CallbackName) is { } callback)
            Refuse(MessageName.PublishFault(callback), nameof(how.CallbackName));
        headers.TryAdd(Messages.Headers.CorrelationId, id);
        headers.TryAdd(Messages.Headers.CorrelationSequence, "0");
        headers[Messages.Headers.MessageName] = name;
        headers[Messages.Headers.Type] = value?.GetType().Name ?? "null";
        headers[Messages.Headers.SentTime] = now.ToString("O", CultureInfo.InvariantCulture);
        if ((how.DueAt ?? now + how.Delay) is { } due)
            headers[Messages.Headers.DelayTime] = due.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        if (how.Key is not null)
            headers[Messages.Headers.Key] = how.Key;
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace })
            headers.TryAdd(Messages.Headers.TraceParent, trace);
        return headers;
    }

    /// <summary>
    /// A handler may pass on the headers it got. What they say about the received message must not stick to the new one: with its id, say,
    /// it would be taken for a duplicate. The conversation (correlation id and sequence) goes on.
    /// </summary>
    private static void RemoveOwn(Dictionary<string, string?> headers)
    {
        if (headers.ContainsKey(Messages.Headers.MessageName) || headers.ContainsKey(Messages.Headers.Group))
        {
            headers.Remove(Messages.Headers.MessageId);
            headers.Remove(Messages.Headers.CallbackName);
            headers.Remove(Messages.Headers.TraceParent);
        }
        foreach (var own in Own)
            headers.Remove(own);
    }

    private ReadOnlyMemory<byte> Content(string name, object? value, Dictionary<string, string?> headers)
    {
        var buffer = ContentBuffer.Take();
        var output = buffer.Output;
        buffer.WriteHeaders(headers);
        var start = output.WrittenCount;
        if (value is null)
            output.Write("null"u8);
        else
            Serialize(output, name, value);
        // Only a replaced serializer can write something that is not JSON; the row would be unreadable for everybody.
        if (serializer is not SystemTextJsonSerializer && !MessageContent.IsJson(output.WrittenSpan[start..]))
            throw new ArgumentException($"The serializer {serializer.GetType()} did not write JSON for message '{name}'.", nameof(value));
        buffer.WriteEnd();
        if (output.WrittenCount > options.MaxMessageBytes)
        {
            throw new ArgumentException(
                $"The message '{name}' has {output.WrittenCount} bytes, {options.MaxMessageBytes} are allowed "
                    + "(CapOptions.MaxMessageBytes). Store large data elsewhere and publish a reference to it.",
                nameof(value)
            );
        }
        return buffer.Release();
    }

    private void Serialize(ArrayBufferWriter<byte> output, string name, object value)
    {
        try
        {
            serializer.Serialize(output, value);
        }
        catch (Exception e)
        {
            throw new ArgumentException(
                $"The value of message '{name}' ({value.GetType()}) cannot be serialized: {e.Message} Publish a plain data type.",
                nameof(value),
                e
            );
        }
    }

    private static void CheckHeader(string message, string name, string? value)
    {
        if (name.Length == 0 || name.Length > MessageName.MaxLength || MessageName.HasControl(name))
        {
            throw new ArgumentException(
                $"The header name '{MessageName.Printable(name)}' of message '{message}' is not usable: it must have 1 to "
                    + $"{MessageName.MaxLength} characters and no control characters such as line breaks.",
                nameof(name)
            );
        }
        if (value is not null && MessageName.HasControl(value))
        {
            throw new ArgumentException(
                $"The header '{name}' of message '{message}' has a control character such as a line break in its value "
                    + $"'{MessageName.Printable(value)}'. Remove or encode it.",
                nameof(value)
            );
        }
    }

    private static void Refuse(string? fault, string parameter)
    {
        if (fault is not null)
            throw new ArgumentException(fault, parameter);
    }
}
