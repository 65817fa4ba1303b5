namespace Cap.Endurance;

/// <summary>Cap's tables at one moment.</summary>
internal sealed class TableSample
{
    public double DeadRows { get; init; }

    public double DueMegabytes { get; init; }

    public double DueIndexMegabytes { get; init; }

    public double LogMegabytes { get; init; }

    public double SeenMegabytes { get; init; }

    public int Connections { get; init; }
}
