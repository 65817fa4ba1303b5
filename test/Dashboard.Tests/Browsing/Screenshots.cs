using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>Pictures for people.</summary>
public static class Screenshots
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "screenshots");

    /// <summary>One to look at, below the test's folder.</summary>
    public static Task TakeAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{name}.png"), FullPage = true });

    /// <summary>One for the guide: where CAP_SCREENSHOTS says, or below the test's folder.</summary>
    public static Task TakeGuideAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Environment.GetEnvironmentVariable("CAP_SCREENSHOTS") ?? Path.Combine(Folder, "guide"), $"{name}.png"), FullPage = true });
}
