using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>A page of a browser that notes errors of scripts, and what its security policy had to refuse.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    public BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => Note(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Note(message.Text);
        };
    }

    public IPage Page { get; }

    /// <summary>What went wrong so far.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    /// <summary>Opens an address and fails when something on it does.</summary>
    public async Task GoAsync(string address)
    {
        var answer = await Page.GotoAsync(address);
        Assert.True(answer!.Ok, $"{address}: {answer.Status} {await answer.TextAsync()}");
        await IsWellAsync();
    }

    /// <summary>Nothing has failed, and nothing is wider than the window.</summary>
    public async Task IsWellAsync()
    {
        Assert.Empty(Errors);
        var content = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        var window = await Page.EvaluateAsync<int>("innerWidth");
        Assert.True(content <= window, $"{Page.Url} is {content} wide in a window of {window}.");
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(string error)
    {
        lock (_errors)
            _errors.Add(error);
    }
}
