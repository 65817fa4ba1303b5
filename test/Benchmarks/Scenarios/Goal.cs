namespace Cap.Benchmarks;

/// <summary>A limit that something measured has to keep.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Of">Reads it.</param>
/// <param name="Limit">The least it may be, or the most.</param>
/// <param name="IsMost">Whether the limit is the most.</param>
internal sealed record Goal(string What, Func<Comparison, double> Of, double Limit, bool IsMost = false)
{
    /// <summary>The scenario's ratio.</summary>
    public static Goal Ratio(double least) => new("ratio", run => run.Ratio, least);

    /// <summary>Below what the prototype did a floor is no floor.</summary>
    public static Goal Floor(double least) => new("floor, messages/s", run => run.Middle("floor", m => m.PerSecond), least);

    public static Goal AtMost(string what, string figure, double most) => new(what, run => run.Figure(figure), most, IsMost: true);

    public bool IsMet(Comparison run) => IsMost ? Of(run) <= Limit : Of(run) >= Limit;
}
