using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>Pictures for people: below the test's folder, or in the folder CAP_SCREENSHOTS names.</summary>
public static class Screenshots
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("CAP_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots");

    public static Task TakeAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{name}.png"), FullPage = true });
}
