using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What is asked before an operation is started.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Kind">What is to be done.</param>
/// <param name="Query">With what.</param>
/// <param name="Count">How many messages fit now.</param>
/// <param name="IsAtLeast">Counting has stopped there: there are more, or may be.</param>
public sealed record ConfirmModel(ShellModel Shell, MessageActionKind Kind, MessageQuery Query, long Count, bool IsAtLeast);
