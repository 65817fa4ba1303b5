using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Purges what is old.</summary>
internal sealed class InMemoryExpiring(InMemoryTables tables)
{
    private const int MostPerCall = 1000;

    public ExpiryResult Expire(ExpiryRequest request)
    {
        lock (tables.Gate)
        {
            var now = tables.Now;
            var succeeded = 0;
            var failed = new List<ExpiredMessage>();
            var hasMore = false;
            foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
            {
                var box = tables[type];
                var old = box.Rows.Values.Where(row => IsOld(row, now - request.SucceededKeepTime, now)).Take(MostPerCall).ToList();
                hasMore |= old.Count == MostPerCall;
                succeeded += old.Count(row => row.IsSettled);
                failed.AddRange(old.Where(row => !row.IsSettled).Select(row => new ExpiredMessage(type, row.Id, row.MessageId, row.Name)));
                old.ForEach(box.Delete);
            }

            var forgotten = tables.Seen.Where(seen => seen.Value <= now - request.RememberIdsFor).Take(MostPerCall).Select(seen => seen.Key).ToList();
            forgotten.ForEach(id => tables.Seen.Remove(id));
            return new(succeeded, failed, hasMore || forgotten.Count == MostPerCall);
        }
    }

    private static bool IsOld(InMemoryRow row, DateTimeOffset succeededBefore, DateTimeOffset now) =>
        row.IsSettled ? row.Added <= succeededBefore : row.ExpiresAt <= now && row.Holder is null;
}
