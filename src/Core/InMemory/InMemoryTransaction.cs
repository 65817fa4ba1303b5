using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Gathers what is published and settled in it; all of it happens at the commit.</summary>
internal sealed class InMemoryTransaction(InMemoryTables tables) : StorageTransaction
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<InMemoryRow> _published = [];
    private readonly List<(MessageType Type, InMemoryRow Row)> _settled = [];

    /// <summary>Completes with the commit or the rollback.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public override bool IsCompleted => _ended.Task.IsCompleted;

    /// <summary>Whether it was begun on these tables.</summary>
    public bool IsOf(InMemoryTables other) => tables == other;

    /// <summary>Call under the gate.</summary>
    public void Publish(IEnumerable<InMemoryRow> rows)
    {
        ThrowIfCompleted();
        _published.AddRange(rows);
    }

    /// <summary>Call under the gate. False if the row is settled or will be by this transaction.</summary>
    public bool Settle(MessageType type, InMemoryRow row)
    {
        ThrowIfCompleted();
        if (row.Holder == this)
            return false;
        row.Holder = this;
        _settled.Add((type, row));
        return true;
    }

    /// <summary>Call under the gate.</summary>
    public void ThrowIfCompleted()
    {
        if (IsCompleted)
            throw new InvalidOperationException("The transaction has been committed, rolled back or disposed. Begin a new one.");
    }

    /// <inheritdoc/>
    public override void Commit()
    {
        lock (tables.Gate)
        {
            ThrowIfCompleted();
            foreach (var row in _published)
                tables[MessageType.Publish].Insert(row);
            foreach (var (type, row) in _settled)
                tables[type].Settle(row);
            End();
        }
    }

    /// <inheritdoc/>
    public override Task CommitAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Commit();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
        lock (tables.Gate)
        {
            ThrowIfCompleted();
            End();
        }
    }

    /// <inheritdoc/>
    public override Task RollbackAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Rollback();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (tables.Gate)
            End();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void End()
    {
        foreach (var (_, row) in _settled.Where(s => s.Row.Holder == this))
            row.Holder = null;
        _ended.TrySetResult();
    }
}
