namespace Cap.Crash.Node;

/// <summary>The message of a run.</summary>
/// <param name="Number">Unique.</param>
/// <param name="Key">Its key; null without.</param>
/// <param name="Place">Its place in the commit order of its key, from 1; 0 without a key.</param>
internal sealed record Note(long Number, string? Key, long Place);
