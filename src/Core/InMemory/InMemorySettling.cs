using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Writes the results of attempts and what people want done.</summary>
internal sealed class InMemorySettling(InMemoryTables tables)
{
    public Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop) =>
        tables.ChangeAsync<IReadOnlyList<long>>(
            request.Lane.Type,
            [.. request.Succeeded, .. request.Failed.Select(f => f.Id)],
            null,
            box =>
            {
                foreach (var id in request.Succeeded)
                {
                    if (box.Find(id) is { } row)
                        box.Settle(row);
                }
                return [.. request.Failed.Where(failed => box.Find(failed.Id) is { } row && Fail(box, row, failed)).Select(failed => failed.Id)];
            },
            stop);

    public Task<bool> SettleAsync(InMemoryTransaction transaction, Lane lane, long id, CancellationToken stop) =>
        tables.ChangeAsync(
            lane.Type,
            [id],
            transaction,
            box =>
            {
                transaction.ThrowIfCompleted();
                return box.Find(id) is { } row && transaction.Settle(lane.Type, row);
            },
            stop);

    public Task<int> ActAsync(MessageAction action, CancellationToken stop) =>
        tables.ChangeAsync(
            action.Type,
            action.Ids,
            null,
            box => action.Ids.Distinct().Select(box.Find).Count(row => row is not null && Act(box, row, action.Kind)),
            stop);

    /// <summary>Whether it counts.</summary>
    private bool Fail(InMemoryBox box, InMemoryRow row, FailedAttempt failed)
    {
        if (row.Retries != failed.Attempt.Number - 1)
            return row.Attempts.Exists(failed.Attempt.IsSame);
        row.Retries++;
        row.IsFresh = false;
        row.DueAt = tables.Now + failed.RetryIn;
        row.ExpiresAt = failed.RetryIn is null ? tables.Now + failed.KeepTime : null;
        row.Add(failed.Attempt, failed.KeepAttempts);
        box.Block(row);
        return true;
    }

    private bool Act(InMemoryBox box, InMemoryRow row, MessageActionKind kind)
    {
        if (kind == MessageActionKind.Cancel && (row.Retries > 0 || row.IsGivenUp || row.IsDue(tables.Now)))
            return false;
        if (kind != MessageActionKind.Retry)
        {
            box.Delete(row);
            return true;
        }
        if (row.IsDue(tables.Now))
            return false;
        row.DueAt = tables.Now;
        row.ExpiresAt = null;
        return true;
    }
}
