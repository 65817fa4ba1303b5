using System.Data.Common;
using Cap.Storage;

namespace Cap.Conformance;

/// <summary>Tables of a test's own, empty and not initialised. Disposing removes them.</summary>
/// <param name="open">Makes an instance over these tables, as another process would; an in-memory storage returns the same one.</param>
public sealed class StorageUnderTest(Func<IStorage> open) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<IStorage> _opened = [];

    /// <summary>Makes a connection of the application to the database with these tables, not open yet. Null without ADO.NET.</summary>
    public Func<DbConnection>? Connect { get; init; }

    /// <summary>Makes a connection to a database of the same kind without these tables, not open yet. Null without ADO.NET.</summary>
    public Func<DbConnection>? ConnectElsewhere { get; init; }

    /// <summary>Removes the tables.</summary>
    public Func<ValueTask>? Cleanup { get; init; }

    /// <summary>Another node's storage. Not initialised; disposed with this object.</summary>
    public IStorage Open()
    {
        var storage = open();
        lock (_lock)
            _opened.Add(storage);
        return storage;
    }

    /// <summary>An open connection of the application.</summary>
    public async Task<DbConnection> ConnectAsync()
    {
        var connection = Connect!();
        await connection.OpenAsync();
        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var storage in _opened)
        {
            if (storage is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else if (storage is IDisposable synchronous)
                synchronous.Dispose();
        }
        if (Cleanup is not null)
            await Cleanup();
    }
}
