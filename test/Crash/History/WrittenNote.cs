namespace Cap.Crash.History;

/// <summary>A note whose transaction committed: the row the application wrote in it.</summary>
/// <param name="Note">Its number.</param>
/// <param name="Key">Its key; null without.</param>
/// <param name="Place">Its place in the commit order of its key, from 1; 0 without a key.</param>
internal sealed record WrittenNote(long Note, string? Key, long Place);
