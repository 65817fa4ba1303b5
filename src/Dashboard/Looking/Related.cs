using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Messages that belong to another one, and the search that finds them.</summary>
/// <param name="Query">The search.</param>
/// <param name="Page">What it has found, which need not be all.</param>
public sealed record Related(MessageQuery Query, MessagePage Page)
{
    /// <summary>Whether there is nothing, and nothing that was not looked at.</summary>
    public bool IsNone => Page is { Messages.Count: 0, Next: null, SearchedTo: null };

    /// <summary>The list that goes on where the page ends; null when there is no more.</summary>
    public string? More => Page.Next is { } next ? Addresses.List(Query with { From = next }) : null;
}
