namespace Cap.Benchmarks;

/// <summary>One diagram of the figure.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Axis">What lies on the axis below, with its unit.</param>
/// <param name="Points">How many rows there were, 0 for none, and messages a second.</param>
internal sealed record Panel(string Title, string Axis, IReadOnlyList<(int Rows, double PerSecond)> Points);
