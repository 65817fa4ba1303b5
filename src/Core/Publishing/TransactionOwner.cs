namespace Cap.Publishing;

/// <summary>Who ends a transaction.</summary>
internal enum TransactionOwner
{
    /// <summary>Whoever began it through Cap: disposing it rolls back.</summary>
    User,

    /// <summary>The application began it itself: disposing ours leaves it alone.</summary>
    Application,

    /// <summary>Cap, after the handler returned.</summary>
    Handler,
}
