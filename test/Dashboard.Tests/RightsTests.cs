using System.Net;

namespace Cap.Dashboard.Tests;

/// <summary>Three policies, and what each lets somebody do. Who asks, a header says.</summary>
public sealed class RightsTests
{
    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    [InlineData("nobody", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("viewer", HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.OK, HttpStatusCode.SeeOther, HttpStatusCode.Forbidden)]
    [InlineData("editor", HttpStatusCode.OK, HttpStatusCode.SeeOther, HttpStatusCode.OK)]
    public async Task Each_right_lets_do_what_it_is_for(string? who, HttpStatusCode view, HttpStatusCode operate, HttpStatusCode edit)
    {
        await using var app = await TestUsers.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        if (who is not null)
            app.Client.DefaultRequestHeaders.Add(TestUsers.Header, who);

        await app.GetAsync("", view);
        await app.GetAsync($"edit?type=received&id={failed.Id}", edit);
        using var acted = await app.PostAsync("act", ("type", "received"), ("kind", "retry"), ("ids", $"{failed.Id}"));
        Assert.Equal(operate, acted.StatusCode);
        if (operate == HttpStatusCode.SeeOther)
            Assert.Contains(who!, await app.GetAsync("audit"), StringComparison.Ordinal);
    }
}
