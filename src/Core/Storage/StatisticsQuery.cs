namespace Cap.Storage;

/// <summary>Asks what was counted of late. What was counted in the same lane and step is added up.</summary>
/// <param name="Since">Only what was counted in minutes that began at this time or later, by the database's clock. Of the first step there may be a part only.</param>
public sealed record StatisticsQuery(DateTimeOffset Since)
{
    /// <summary>How long a step is, a minute or more. Steps are counted from 1970, so those of an hour begin with the hours, UTC. Default: a minute.</summary>
    public TimeSpan Step
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMinutes(1));
            field = value;
        }
    } = TimeSpan.FromMinutes(1);

    /// <summary>Whether to tell how long messages waited and attempts took, which is most of the data. Default: true.</summary>
    public bool IsWithDurations { get; init; } = true;
}
