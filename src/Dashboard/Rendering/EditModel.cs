using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>A message that is being changed to be sent again.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Message">The message it is made from.</param>
/// <param name="Headers">The headers as text, a line <c>name: value</c> for each; without those that each message gets anew.</param>
/// <param name="Value">The value.</param>
/// <param name="Fault">What is wrong with what was entered; null for nothing.</param>
/// <param name="Differences">What would change, headers and then value; null as long as it is edited.</param>
public sealed record EditModel(
    ShellModel Shell,
    MessageType Type,
    StoredMessage Message,
    string Headers,
    string Value,
    string? Fault,
    IReadOnlyList<DifferenceLine>? Differences)
{
    /// <summary>Names of headers that cannot be written as a line, and stay what they are.</summary>
    public IReadOnlyCollection<string> KeptHeaders { get; init; } = [];
}
