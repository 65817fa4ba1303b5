using Cap.Storage;

namespace Cap;

/// <summary>A text that <see cref="CapDashboardOptions.Mask"/> may hide something of.</summary>
/// <param name="Part">What it is.</param>
/// <param name="Text">The text: JSON with <c>Headers</c> and <c>Value</c> for a content, else plain text.</param>
/// <param name="Message">The message it is of, without its content; null for what somebody has searched for.</param>
public sealed record CapDashboardText(CapDashboardPart Part, string Text, StoredMessage? Message);
