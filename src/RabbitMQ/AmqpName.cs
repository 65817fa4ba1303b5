using System.Text;

namespace Cap.RabbitMQ;

/// <summary>AMQP's limit for names: of exchanges, queues, routing keys, headers, and for ids in a message's properties.</summary>
internal static class AmqpName
{
    public const int MaxBytes = 255;

    /// <summary>Whether a text is short enough.</summary>
    public static bool Fits(string text) => text.Length <= MaxBytes / 3 || Encoding.UTF8.GetByteCount(text) <= MaxBytes;
}
