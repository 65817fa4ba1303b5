using System.Text;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

/// <summary>Messages and lanes to test with.</summary>
public static class Sample
{
    /// <summary>An outbox.</summary>
    public static readonly Lane Outbox = new(MessageType.Publish, "v1");

    /// <summary>An inbox.</summary>
    public static readonly Lane Inbox = new(MessageType.Subscribe, "billing.v1");

    /// <summary>The content of a message with this value.</summary>
    public static byte[] Content(string value = "1") => Encoding.UTF8.GetBytes($"{{\"Headers\":{{}},\"Value\":{value}}}");

    /// <summary>A message for the outbox.</summary>
    public static NewMessage Message(string name = "order.placed", int shard = 0, string? key = null) => new()
    {
        MessageId = MessageId.New(TimeProvider.System),
        Name = name,
        Shard = shard,
        Key = key,
        KeyHash = MessageKey.Hash(key),
        Content = Content(),
    };

    /// <summary>So many messages for the outbox.</summary>
    public static NewMessage[] Messages(int count, int shard = 0, string? key = null) =>
        [.. Enumerable.Range(0, count).Select(n => Message($"order.{n}", shard, key))];

    /// <summary>A message for the inbox.</summary>
    public static IncomingMessage Incoming(string? messageId = null, string? key = null, Lane? lane = null, int shard = 0)
    {
        messageId ??= MessageId.New(TimeProvider.System);
        return new()
        {
            Lane = lane ?? Inbox,
            Shard = shard,
            MessageId = messageId,
            IdTime = MessageId.TimeOf(messageId),
            Name = "order.placed",
            Key = key,
            KeyHash = MessageKey.Hash(key),
            Content = Content(),
        };
    }

    /// <summary>A failed attempt.</summary>
    public static Attempt Attempt(int number = 1, string error = "broken") =>
        new(number, new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), "node-1", TimeSpan.FromMilliseconds(1234), error);
}
