using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>A real browser, started once for all tests.</summary>
public static class Chromium
{
    // The first is the same browser without the windows, and takes half the time.
    private static readonly string[] Programs =
        ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    /// <summary>Instead of 5 and of 30 seconds: where everything is tested at once, loading a page took longer already.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Task<IBrowser>> Started = new(StartAsync);

    /// <summary>A page with nothing from other tests, and a list of what went wrong in it.</summary>
    public static async Task<BrowserPage> OpenAsync(int width = 1440, ColorScheme scheme = ColorScheme.Light, bool hasScript = true)
    {
        var browser = await Started.Value;
        var context = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = hasScript,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        return new(context, await context.NewPageAsync());
    }

    private static async Task<IBrowser> StartAsync()
    {
        var program = Environment.GetEnvironmentVariable("CAP_TEST_CHROMIUM")
            ?? Array.Find(Programs, File.Exists)
            ?? throw new InvalidOperationException(
                "These tests need Chromium. Install it (build/servers.sh install does on Debian), or say where it is: CAP_TEST_CHROMIUM=/path/to/chromium.");
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        var playwright = await Playwright.CreateAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => playwright.Dispose();
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync",
            ],
        });
    }
}
