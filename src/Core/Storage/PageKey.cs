using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cap.Messages;

namespace Cap.Storage;

/// <summary>The place of a message in the order of a <see cref="MessageQuery"/>: a page goes on behind it.</summary>
/// <param name="Id">The row.</param>
/// <param name="ExpiresAt">
/// When the row goes, among failed messages, which are in the order of that, the order they failed in; else null.
/// </param>
public sealed record PageKey(long Id, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>The place of a message in what a query finds.</summary>
    public static PageKey Of(StoredMessage message, MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(query);
        return new(message.Id, query.Status == StatusName.Failed ? message.ExpiresAt : null);
    }

    /// <summary>A text for an address, which <see cref="TryParse"/> reads.</summary>
    public override string ToString() =>
        ExpiresAt is { } time ? string.Create(CultureInfo.InvariantCulture, $"{Id}-{time.UtcTicks}") : Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PageKey? key)
    {
        key = null;
        var parts = text?.Split('-') ?? [];
        if (parts.Length is 0 or > 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        if (parts.Length == 1)
            key = new(id);
        else if (long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks)
            key = new(id, new DateTimeOffset(ticks, TimeSpan.Zero));
        return key is not null;
    }
}
