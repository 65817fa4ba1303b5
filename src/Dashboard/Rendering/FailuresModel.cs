namespace Cap.Dashboard;

/// <summary>What the page of failures shows.</summary>
public sealed record FailuresModel(ShellModel Shell, Known<IReadOnlyList<FailureGroup>> Groups);
