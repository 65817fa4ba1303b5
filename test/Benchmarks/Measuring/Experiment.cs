using System.Data;
using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>What every measurement has: a plan, a side that has started and is warm, writers for it, and the parent.</summary>
internal sealed class Experiment(MeasurePlan plan, ISide side, Load load, Parent parent)
{
    public MeasurePlan Plan { get; } = plan;

    public ISide Side { get; } = side;

    public Load Load { get; } = load;

    public Parent Parent { get; } = parent;

    /// <summary>So that no run pays for the writes of the one before it.</summary>
    public async Task CheckpointAsync()
    {
        await using var connection = new NpgsqlConnection(Plan.Postgres);
        await connection.ExecuteAsync("checkpoint", commandTimeout: 0, commandType: CommandType.Text);
    }
}
