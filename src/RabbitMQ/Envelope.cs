using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>One AMQP message on its way to the broker, and the messages of a batch it carries: one, or a bundle.</summary>
internal sealed class Envelope(SendBatch batch, int[] places, string name, string? id)
{
    /// <summary>The routing key.</summary>
    public string Name { get; } = name;

    /// <summary>The AMQP message id, by which a returned one is known.</summary>
    public string? Id { get; } = id;

    /// <summary>Why the broker has returned it; null when it has not.</summary>
    public string? ReturnText { get; set; }

    /// <summary>What became of it became of each message in it.</summary>
    public void Settle(SendResult result)
    {
        foreach (var place in places)
            batch.Settle(place, result);
    }

    /// <summary>Nothing will be heard of it.</summary>
    public void Orphan()
    {
        foreach (var place in places)
            batch.Orphan(place);
    }
}
