namespace Cap.Dashboard;

/// <summary>Why there is no page.</summary>
/// <param name="Title">In a few words.</param>
/// <param name="Text">What, why, and what to do.</param>
public sealed record RefusedModel(string Title, string Text);
