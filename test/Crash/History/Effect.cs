namespace Cap.Crash.History;

/// <summary>A row a transactional handler wrote in Cap's transaction.</summary>
/// <param name="Row">Number of the row: rows of handlers that follow each other ascend.</param>
/// <param name="Group">Group of the handler.</param>
/// <param name="Note">Number of the note.</param>
/// <param name="Key">Its key; null without.</param>
/// <param name="Place">Its place in the commit order of its key; 0 without a key.</param>
internal sealed record Effect(long Row, string Group, long Note, string? Key, long Place);
