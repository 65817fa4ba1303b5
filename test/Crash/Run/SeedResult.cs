using Cap.Crash.History;

namespace Cap.Crash.Run;

/// <summary>How a run ended.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Verdict">What the checker found.</param>
/// <param name="Faults">What was wrong beside the messages: a process that did not stop, rows left over.</param>
/// <param name="Crashes">Crash points at which processes killed themselves.</param>
/// <param name="Took">How long it took in all.</param>
/// <param name="SettledIn">How long everything took to settle once the trouble was over.</param>
internal sealed record SeedResult(
    Scenario Scenario,
    Verdict Verdict,
    IReadOnlyList<string> Faults,
    IReadOnlyList<string> Crashes,
    TimeSpan Took,
    TimeSpan SettledIn
)
{
    /// <summary>Nothing is wrong, and there was something that could have been: a history with nothing in it would pass every check.</summary>
    public bool IsGood => Verdict.IsGood && Faults.Count == 0 && Verdict is { Committed: > 0, Keyed: > 0 };
}
