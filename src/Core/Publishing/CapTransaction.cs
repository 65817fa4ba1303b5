using System.Data.Common;
using Cap.Storage;

namespace Cap.Publishing;

/// <summary>A transaction as publishers know it. Remembers which shards got messages, to wake their workers after the commit.</summary>
internal sealed class CapTransaction(Action<IReadOnlyCollection<int>> committed) : ICapTransaction
{
    private readonly HashSet<int> _shards = [];
    private StorageTransaction? _storage;
    private bool _ended;

    /// <summary>Who ends the transaction: its user, the application through its own object, or Cap after the handler.</summary>
    public TransactionOwner Owner { get; init; } = TransactionOwner.User;

    public bool AutoCommit { get; set; }

    public DbTransaction? DbTransaction => _storage?.DbTransaction;

    /// <summary>The transaction that was current before, to go back to.</summary>
    public CapTransaction? Outer { get; init; }

    /// <summary>
    /// Whether it was ended by somebody who may. One that ended otherwise (its connection broke, say) stays current and refuses what is
    /// published: the application thinks it is inside a transaction, and the message must not leave without it.
    /// </summary>
    public bool HasEnded => _ended || (Owner == TransactionOwner.Application && _storage?.IsCompleted == true);

    public StorageTransaction Storage =>
        _storage is null ? throw new InvalidOperationException("The transaction is not open yet. Await BeginTransactionAsync first.")
        : _ended || _storage.IsCompleted
            ? throw new InvalidOperationException("The transaction has ended. Dispose it, and begin a new one before publishing.")
        : _storage;

    public void Opened(StorageTransaction storage) => _storage = storage;

    public void Touched(IEnumerable<NewMessage> messages) => _shards.UnionWith(messages.Select(m => m.Shard));

    /// <summary>Ends without doing anything: it never opened.</summary>
    public void Abandon() => _ended = true;

    public void Commit()
    {
        RefuseInHandler();
        Storage.Commit();
        Committed();
    }

    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        RefuseInHandler();
        await Storage.CommitAsync(cancellationToken).ConfigureAwait(false);
        Committed();
    }

    /// <summary>Cap has committed it after a handler, which the handler itself may not do.</summary>
    public void CommittedByCap() => Committed();

    public void Rollback()
    {
        RefuseInHandler();
        _ended = true;
        _storage?.Rollback();
    }

    public Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        RefuseInHandler();
        _ended = true;
        return _storage?.RollbackAsync(cancellationToken) ?? Task.CompletedTask;
    }

    public void Dispose()
    {
        // A handler may put its transaction into a using: it is still Cap's to end.
        _ended |= Owner != TransactionOwner.Handler;
        if (Owner == TransactionOwner.User)
            _storage?.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _ended |= Owner != TransactionOwner.Handler;
        return Owner == TransactionOwner.User ? _storage?.DisposeAsync() ?? default : default;
    }

    private void Committed()
    {
        _ended = true;
        if (_shards.Count > 0)
            committed(_shards);
    }

    private void RefuseInHandler()
    {
        if (Owner == TransactionOwner.Handler)
            throw new InvalidOperationException("Cap ends a handler's transaction: return to commit, throw to roll back.");
    }
}
