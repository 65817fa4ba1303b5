using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>What a database would hold. Everything in it is guarded by <see cref="Gate"/>.</summary>
internal sealed class InMemoryTables(TimeProvider time)
{
    private readonly InMemoryBox _published = new();
    private readonly InMemoryBox _received = new();

    public Lock Gate { get; } = new();

    /// <summary>The clock of the database.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    public StorageSettings? Settings { get; set; }

    /// <summary>When the inbox saw an id.</summary>
    public Dictionary<(Lane Lane, string MessageId), DateTimeOffset> Seen { get; } = [];

    public InMemoryBox this[MessageType type] => type == MessageType.Publish ? _published : _received;

    /// <summary>
    /// Runs <paramref name="change"/> under the gate when no open transaction of somebody else holds one of these rows, as a
    /// database's row lock would have it.
    /// </summary>
    public async Task<T> ChangeAsync<T>(
        MessageType type,
        IReadOnlyCollection<long> ids,
        InMemoryTransaction? transaction,
        Func<InMemoryBox, T> change,
        CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            Task held;
            lock (Gate)
            {
                var box = this[type];
                var holder = ids.Select(id => box.Find(id)?.Holder).FirstOrDefault(h => h is not null && h != transaction);
                if (holder is null)
                    return change(box);
                held = holder.Ended;
            }
            await held.WaitAsync(stop).ConfigureAwait(false);
        }
    }
}
