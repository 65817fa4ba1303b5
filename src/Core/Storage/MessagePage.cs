namespace Cap.Storage;

/// <summary>A page of what a <see cref="MessageQuery"/> finds.</summary>
/// <param name="Messages">The messages; fewer than asked for when there are no more, or when the search has looked at as much as it may.</param>
/// <param name="Next">For <see cref="MessageQuery.From"/> of the next page; null when there is none.</param>
/// <param name="SearchedTo">
/// When what was looked at last was stored, if the search has stopped early: there may be more behind <paramref name="Next"/>. Else null.
/// </param>
public sealed record MessagePage(IReadOnlyList<StoredMessage> Messages, PageKey? Next, DateTimeOffset? SearchedTo);
