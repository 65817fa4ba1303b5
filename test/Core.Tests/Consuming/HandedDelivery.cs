using Cap.Messages;
using Cap.Transport;

namespace Cap.Core.Tests.Consuming;

/// <summary>A delivery whose channel a test ends.</summary>
internal sealed class HandedDelivery(TransportMessage message) : Delivery(message, redelivered: false)
{
    private volatile bool _isOver;

    public override bool IsVoid => _isOver;

    public static HandedDelivery Of(string value, string? id, string? key = null)
    {
        var headers = new Dictionary<string, string?>();
        if (id is not null)
            headers[Headers.MessageId] = id;
        if (key is not null)
            headers[Headers.Key] = key;
        return new(new("keyed", headers, System.Text.Encoding.UTF8.GetBytes($"\"{value}\"")));
    }

    /// <summary>Its channel ends.</summary>
    public void End() => _isOver = true;
}
