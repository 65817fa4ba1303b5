using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Cap.Conformance;

/// <summary>An open connection to a kind of database that no driver knows.</summary>
internal sealed class OtherConnection : DbConnection
{
    [AllowNull]
    public override string ConnectionString { get; set; } = "";

    public override string Database => "other";

    public override string DataSource => "other";

    public override string ServerVersion => "1";

    public override ConnectionState State => ConnectionState.Open;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() { }

    public override void Open() => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => throw new NotSupportedException();
}
