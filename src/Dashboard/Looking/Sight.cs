using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What somebody may see of messages: everything, or what the mask leaves.</summary>
internal sealed class Sight(Visitor visitor, CapDashboardOptions options)
{
    /// <summary>Letters before a cut that may be the beginning of something hidden.</summary>
    private const int Margin = 64;

    /// <summary>What is shown instead of a text when the mask fails.</summary>
    private const string Hidden = "(hidden)";

    /// <summary>Whether nothing is hidden from them.</summary>
    public bool IsWhole => visitor.SeesAll;

    /// <summary>A content, JSON. A mask that throws hides all of it.</summary>
    public string ContentOf(StoredMessage message) =>
        TextOf(CapDashboardPart.Content, message.Content, message) ?? """{"Headers":{},"Value":"(hidden)"}""";

    /// <summary>A message with nothing but what they may see, its content apart.</summary>
    public StoredMessage Of(StoredMessage message) => IsWhole
        ? message
        : message with
        {
            Key = message.Key is { } key ? TextOf(CapDashboardPart.Key, key, message) ?? Hidden : null,
            LastError = message.LastError is { } error ? Cut(ErrorOf(error, message), error) : null,
        };

    /// <summary>The mask does not know the beginning of what was cut off, so that is left out, too.</summary>
    private static string Cut(string seen, string error) => error.Length < StoredMessage.MostOfError ? seen : seen[..Math.Max(0, seen.Length - Margin)];

    /// <summary>An error as they may see it.</summary>
    public string ErrorOf(string error, StoredMessage message) => TextOf(CapDashboardPart.Error, error, message) ?? Hidden;

    /// <summary>Attempts with their errors as they may see them.</summary>
    public IReadOnlyList<Attempt> Of(IReadOnlyList<Attempt> attempts, StoredMessage message) =>
        IsWhole ? attempts : [.. attempts.Select(a => a with { Error = ErrorOf(a.Error, message) })];

    /// <summary>What somebody has searched for, as they may see it.</summary>
    public string SearchOf(string text) => TextOf(CapDashboardPart.Search, text, null) ?? Hidden;

    /// <summary>Whether nothing of a search is hidden from them.</summary>
    public bool Sees(MessageQuery search) => SearchOf(search.ToString()) == search.ToString();

    private string? TextOf(CapDashboardPart part, string text, StoredMessage? message)
    {
        if (IsWhole)
            return text;
        try
        {
            return options.Mask!(visitor.User, new(part, text, message is null ? null : message with { Content = "" }));
        }
        catch (Exception)
        {
            return null;
        }
    }
}
