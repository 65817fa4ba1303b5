namespace Cap.Storage;

/// <summary>One failed try at sending or handling a message.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="At">When it began, UTC.</param>
/// <param name="Node">The node that tried.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Error">The full exception, or the reason.</param>
public sealed record Attempt(int Number, DateTimeOffset At, string Node, TimeSpan Duration, string Error)
{
    /// <summary>Whether this is another copy of the same report: of one try, by one node.</summary>
    internal bool IsSame(Attempt other) => (Number, At, Node) == (other.Number, other.At, other.Node);
}
