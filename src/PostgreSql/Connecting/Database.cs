using System.Collections.Concurrent;
using System.Transactions;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Cap's own connections, and the check that an application's transaction is of the same database.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly NpgsqlDataSource _forApplication;
    private readonly NpgsqlDataSource? _lasting;
    private readonly Tables _tables;
    private readonly string _target;
    private readonly ConcurrentDictionary<string, bool> _sameDatabase = new();

    public Database(PostgreSqlOptions options, Tables tables)
    {
        (_tables, Prepares) = (tables, options.UsePreparedStatements);
        if (options.DataSource is null)
        {
            var settings = OwnSettings(options);
            // Nothing is ever set on a session of Cap's own but for one transaction, so there is nothing to reset when it goes back to the
            // pool; a reset is seven statements.
            _dataSource = CreateOwn(settings, s => s.NoResetOnClose = true);
            _lasting = CreateOwn(settings, s => (s.Pooling, s.MaxAutoPrepare) = (false, 0));
            // Of the two pools one alone keeps connections nobody has asked for.
            settings.MinPoolSize = 0;
            _forApplication = NpgsqlDataSource.Create(settings);
        }
        else
        {
            _dataSource = _forApplication = options.DataSource;
        }
        var used = new NpgsqlConnectionStringBuilder(_dataSource.ConnectionString);
        _target = Target(used.Host, used.Port, used.Database ?? used.Username);
        _sameDatabase[_target] = true;
        Description = $"PostgreSQL {_target} schema {options.Schema}";
    }

    /// <summary>Names the database without secrets.</summary>
    public string Description { get; }

    /// <summary>
    /// Whether statements on the application's connections are prepared: planning costs several times what running them does, and the
    /// application's connection string seldom asks for it. A connection prepares a statement once; from then on it costs nothing.
    /// </summary>
    public bool Prepares { get; }

    /// <summary>A connection that takes part in no ambient transaction: what is stored through it is stored.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken stop) => OpenAsync(_dataSource, stop);

    /// <inheritdoc cref="OpenAsync(CancellationToken)"/>
    public NpgsqlConnection Open() => Open(_dataSource);

    /// <summary>A connection for a transaction the application works in: what it sets on the session ends with its use.</summary>
    public ValueTask<NpgsqlConnection> OpenForApplicationAsync(CancellationToken stop) => OpenAsync(_forApplication, stop);

    /// <inheritdoc cref="OpenForApplicationAsync"/>
    public NpgsqlConnection OpenForApplication() => Open(_forApplication);

    /// <summary>A connection to keep, outside the pool where that is possible.</summary>
    public ValueTask<NpgsqlConnection> OpenLastingAsync(CancellationToken stop) => OpenAsync(_lasting ?? _dataSource, stop);

    /// <summary>The transaction to work in, after a look (once for each database) that it belongs to the one with these tables.</summary>
    public async ValueTask<NpgsqlTransaction> CheckAsync(StorageTransaction storageTransaction, CancellationToken stop)
    {
        var transaction = ApplicationTransaction.Of(storageTransaction);
        var connection = transaction.Connection!;
        var target = Target(connection.Host, connection.Port, connection.Database);
        if (_sameDatabase.ContainsKey(target))
            return transaction;

        var own = await OpenAsync(stop).ConfigureAwait(false);
        await using (own.ConfigureAwait(false))
        {
            using var find = FindTables(connection, transaction);
            using var theirs = ReadInstance(connection, transaction);
            using var ours = ReadInstance(own, null);
            var same = await find.ExecuteScalarAsync(stop).ConfigureAwait(false) is true
                && await theirs.ExecuteScalarAsync(stop).ConfigureAwait(false) is string instance
                && instance == (string?)await ours.ExecuteScalarAsync(stop).ConfigureAwait(false);
            _ = same ? _sameDatabase[target] = true : throw OtherDatabase(target);
        }
        return transaction;
    }

    /// <inheritdoc cref="CheckAsync"/>
    public NpgsqlTransaction Check(StorageTransaction storageTransaction)
    {
        var transaction = ApplicationTransaction.Of(storageTransaction);
        var connection = transaction.Connection!;
        var target = Target(connection.Host, connection.Port, connection.Database);
        if (_sameDatabase.ContainsKey(target))
            return transaction;

        using var own = Open();
        using var find = FindTables(connection, transaction);
        using var theirs = ReadInstance(connection, transaction);
        using var ours = ReadInstance(own, null);
        var same = find.ExecuteScalar() is true && theirs.ExecuteScalar() is string instance && instance == (string?)ours.ExecuteScalar();
        _ = same ? _sameDatabase[target] = true : throw OtherDatabase(target);
        return transaction;
    }

    public async ValueTask DisposeAsync()
    {
        if (_lasting is null)
            return; // the data source is the application's
        await _dataSource.DisposeAsync().ConfigureAwait(false);
        await _lasting.DisposeAsync().ConfigureAwait(false);
        await _forApplication.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken stop)
    {
        if (Transaction.Current is null)
            return await source.OpenConnectionAsync(stop).ConfigureAwait(false);
        using var scope = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        return await source.OpenConnectionAsync(stop).ConfigureAwait(false);
    }

    private static NpgsqlConnection Open(NpgsqlDataSource source)
    {
        if (Transaction.Current is null)
            return source.OpenConnection();
        using var scope = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        return source.OpenConnection();
    }

    private static NpgsqlConnectionStringBuilder OwnSettings(PostgreSqlOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Enlist = false };
        if (options.UsePreparedStatements && !settings.ShouldSerialize("Max Auto Prepare"))
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (60, 2);
        if (!settings.ShouldSerialize("Application Name"))
            settings.ApplicationName = "Cap";
        return settings;
    }

    /// <summary>
    /// Cap needs types alone that every PostgreSQL has. The driver would otherwise read all types of the database for each pool, and each
    /// table is a type, and an array of it another: with 20,000 tables 0.2 s on a quiet machine. An application has types of its own, so the
    /// connections it works with know them.
    /// </summary>
    private static NpgsqlDataSource CreateOwn(NpgsqlConnectionStringBuilder settings, Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        change(builder.ConnectionStringBuilder);
        if (!settings.ShouldSerialize("Server Compatibility Mode"))
            builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    private static string Target(string? host, int port, string? database) => $"{host}:{port}/{database}";

    /// <remarks>A statement about a missing table would abort the application's transaction; this one does not.</remarks>
    private NpgsqlCommand FindTables(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        new("SELECT to_regclass($1) IS NOT NULL", connection, transaction) { Parameters = { Parameter.Text(_tables.Setting) } };

    private NpgsqlCommand ReadInstance(NpgsqlConnection connection, NpgsqlTransaction? transaction) =>
        new($"""SELECT "Value" FROM {_tables.Setting} WHERE "Name" = $1""", connection, transaction)
        {
            Parameters = { Parameter.Text(SchemaScript.InstanceSetting) },
        };

    private InvalidOperationException OtherDatabase(string target) =>
        new($"The transaction is one of {target}, but the messages are stored in {_target} (schema '{_tables.Schema}'), so they could not be "
            + "committed together. Publish in a transaction of that database, or configure Cap for the database of this transaction.");
}
