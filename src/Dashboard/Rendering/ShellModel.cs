using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What every page has around it.</summary>
/// <param name="Title">The title of the dashboard.</param>
/// <param name="Page">The address of the page, for the menu.</param>
/// <param name="Visitor">Who looks.</param>
/// <param name="MayOperate">Whether they may act.</param>
/// <param name="MayEdit">Whether they may change and send messages.</param>
/// <param name="Refresh">How often an open page asks for news; null for a page that must stay as it is.</param>
/// <param name="Told">What was just done, as the audit log has it; null for nothing.</param>
/// <param name="At">When the page was made.</param>
public sealed record ShellModel(
    string Title, string Page, string Visitor, bool MayOperate, bool MayEdit, TimeSpan? Refresh, AuditEntry? Told, DateTimeOffset At);
