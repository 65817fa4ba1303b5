using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of the audit log shows.</summary>
public sealed record AuditModel(ShellModel Shell, AuditQuery Query, Known<IReadOnlyList<AuditEntry>> Entries);
