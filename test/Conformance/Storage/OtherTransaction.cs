using System.Data;
using System.Data.Common;

namespace Cap.Conformance;

/// <summary>A transaction of a kind of database that no driver knows.</summary>
internal sealed class OtherTransaction(OtherConnection connection) : DbTransaction
{
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    protected override DbConnection DbConnection => connection;

    public override void Commit() => throw new NotSupportedException();

    public override void Rollback() => throw new NotSupportedException();
}
