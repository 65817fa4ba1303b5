using System.Security.Claims;

namespace Cap;

/// <summary>Options of the dashboard. Set when it is mapped, and not changed afterwards.</summary>
public sealed class CapDashboardOptions
{
    /// <summary>The title of its pages. Default: <c>Cap</c>.</summary>
    public string Title { get; set; } = "Cap";

    /// <summary>
    /// An authorization policy of the application that whoever looks must satisfy, besides what the endpoint asks. Default: null, nothing more.
    /// </summary>
    public string? ViewPolicy { get; set; }

    /// <summary>The policy of who retries, cancels, deletes and pauses. Default: null, whoever may look.</summary>
    public string? OperatePolicy { get; set; }

    /// <summary>The policy of who edits a message and sends it again. Default: null, whoever may operate.</summary>
    public string? EditPolicy { get; set; }

    /// <summary>Nobody can change anything. Default: false.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>How often an open page asks for news, while it is looked at. Default: 5 seconds.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Hides what somebody may not see: is given who looks and a text, which is the content of a message, an error, a key, or what somebody else has
    /// searched for, and returns the text to show. What it hides cannot be found by a search, and a message whose content it changes cannot be edited.
    /// It is called for each text on a page, by several requests at once; if it throws, nothing of the text is shown. Names, groups, ids and times are
    /// always shown. Default: null, everything is shown.
    /// </summary>
    public Func<ClaimsPrincipal, CapDashboardText, string>? Mask { get; set; }

    /// <summary>
    /// The policy of who sees everything, whatever <see cref="Mask"/> would hide. Only they can act on all that match a key, a header, a content or an
    /// error: how many there are would tell what is hidden. Default: null, the mask is for everybody.
    /// </summary>
    public string? UnmaskPolicy { get; set; }

    /// <summary>
    /// Tokens that scripts send as <c>Authorization: Bearer …</c> to the API, and what each may do. They are known to nothing else, and need at
    /// least 32 characters. The endpoints must then let requests without a user through to them (<c>AllowAnonymous</c>); those without a token may do
    /// nothing at all then, unless <see cref="ViewPolicy"/> lets them in. Default: none.
    /// </summary>
    public IList<CapDashboardToken> Tokens { get; } = [];

    internal void Check()
    {
        var faults = new List<string>();
        if (RefreshInterval < TimeSpan.FromSeconds(1))
            faults.Add($"RefreshInterval is {RefreshInterval}. Give it at least one second.");
        foreach (var token in Tokens.Where(t => t.Token is null || t.Token.Length < CapDashboardToken.LeastLength))
            faults.Add($"The token '{token.Name}' has {token.Token?.Length ?? 0} characters. Give it at least {CapDashboardToken.LeastLength}, chosen at random.");
        if (Mask is null && UnmaskPolicy is not null)
            faults.Add($"UnmaskPolicy is '{UnmaskPolicy}', and there is no Mask. Set Mask, or leave UnmaskPolicy out.");
        if (faults.Count > 0)
            throw new CapConfigurationException(faults);
    }
}
