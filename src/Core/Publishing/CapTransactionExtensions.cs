using System.Data;
using System.Data.Common;
using Cap.Publishing;

namespace Cap;

/// <summary>Ways to publish inside a database transaction.</summary>
/// <remarks>
/// Each makes the transaction the publisher's current one (<see cref="ICapPublisher.Transaction"/>) in the caller's flow of
/// control, so that what is published next is stored in it.
/// </remarks>
public static class CapTransactionExtensions
{
    /// <summary>Begins a transaction on the application's connection, which is opened if it is closed.</summary>
    /// <param name="connection">A connection to the database that holds Cap's tables.</param>
    /// <param name="publisher">The publisher to publish with.</param>
    /// <param name="autoCommit">Commit right after the first publish.</param>
    /// <param name="isolation">The isolation level.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public static Task<ICapTransaction> BeginTransactionAsync(
        this IDbConnection connection,
        ICapPublisher publisher,
        bool autoCommit = false,
        IsolationLevel isolation = IsolationLevel.Unspecified,
        CancellationToken cancellationToken = default
    )
    {
        // Not async itself: an AsyncLocal set inside an async method is gone when that method returns.
        var cap = Of(publisher);
        return cap.OpenAsync(cap.Enter(TransactionOwner.User, autoCommit), Db(connection), isolation, cancellationToken);
    }

    /// <summary>Begins a transaction on the application's connection, which is opened if it is closed.</summary>
    public static ICapTransaction BeginTransaction(
        this IDbConnection connection,
        ICapPublisher publisher,
        bool autoCommit = false,
        IsolationLevel isolation = IsolationLevel.Unspecified
    )
    {
        var cap = Of(publisher);
        return cap.Open(cap.Enter(TransactionOwner.User, autoCommit), Db(connection), isolation);
    }

    /// <summary>Begins a transaction on a connection of Cap's own. Works with every storage.</summary>
    public static Task<ICapTransaction> BeginTransactionAsync(
        this ICapPublisher publisher,
        bool autoCommit = false,
        IsolationLevel isolation = IsolationLevel.Unspecified,
        CancellationToken cancellationToken = default
    )
    {
        var cap = Of(publisher);
        return cap.OpenAsync(cap.Enter(TransactionOwner.User, autoCommit), null, isolation, cancellationToken);
    }

    /// <summary>
    /// Joins a transaction that is open already. The application goes on owning it. Commit through the returned object to have the
    /// messages leave at once; after a commit through the application's own object they leave within
    /// <see cref="CapOptions.PollingInterval"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The transaction has ended, its connection is closed, or it is of another kind of database.</exception>
    public static ICapTransaction UseTransaction(this ICapPublisher publisher, DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Of(publisher).Join(transaction);
    }

    private static CapPublisher Of(ICapPublisher publisher)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        return publisher as CapPublisher
            ?? throw new ArgumentException($"{publisher.GetType()} is not the publisher that AddCap registers.", nameof(publisher));
    }

    private static DbConnection Db(IDbConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection as DbConnection
            ?? throw new ArgumentException($"{connection.GetType()} does not derive from DbConnection.", nameof(connection));
    }
}
