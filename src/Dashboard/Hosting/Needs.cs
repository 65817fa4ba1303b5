namespace Cap.Dashboard;

/// <summary>The right that an endpoint asks for; without it, <see cref="Right.View"/>.</summary>
internal sealed record Needs(Right Right);
