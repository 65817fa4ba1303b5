using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of the audit log shows.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Query">What is looked for.</param>
/// <param name="Seen">What of a text the visitor may see.</param>
/// <param name="Entries">The entries.</param>
public sealed record AuditModel(ShellModel Shell, AuditQuery Query, Func<string, string> Seen, Known<IReadOnlyList<AuditEntry>> Entries);
