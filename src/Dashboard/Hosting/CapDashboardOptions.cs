using System.Security.Claims;
using Cap.Storage;

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
    /// Hides what somebody may not see: is given who looks, the message, and its content as stored (JSON with <c>Headers</c> and <c>Value</c>),
    /// and returns the JSON to show. A search for headers and texts finds only what it shows, and who sees less than all cannot edit. It is called
    /// for each message on a page, by several requests at once; if it throws, nothing of the content is shown. Default: null, everything is shown.
    /// </summary>
    public Func<ClaimsPrincipal, StoredMessage, string>? Mask { get; set; }

    /// <summary>
    /// Tokens that scripts send as <c>Authorization: Bearer …</c> to the API, and what each may do. They are known to nothing else, and need at
    /// least 32 characters. The endpoints must then let anonymous requests through to them. Default: none.
    /// </summary>
    public IList<CapDashboardToken> Tokens { get; } = [];

    internal void Check()
    {
        var faults = new List<string>();
        if (RefreshInterval < TimeSpan.FromSeconds(1))
            faults.Add($"RefreshInterval is {RefreshInterval}. Give it at least one second.");
        foreach (var token in Tokens.Where(t => t.Token.Length < CapDashboardToken.LeastLength))
            faults.Add($"The token '{token.Name}' has {token.Token.Length} characters. Give it at least {CapDashboardToken.LeastLength}, chosen at random.");
        if (faults.Count > 0)
            throw new CapConfigurationException(faults);
    }
}
