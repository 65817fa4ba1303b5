using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>Says no, and why, as a page or as problem details (RFC 9457).</summary>
internal static class Refusal
{
    public static IResult NotDeclared(bool isApi) => Answer(
        isApi,
        StatusCodes.Status403Forbidden,
        "Who may see this?",
        "The dashboard shows what is in messages, and nobody has said who may see it. "
            + "Add .RequireAuthorization(\"a policy\") to app.MapCapDashboard(…), or .AllowAnonymous() if it really is for everybody.");

    public static IResult NoToken(HttpContext context, bool isSent)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Answer(
            true,
            StatusCodes.Status401Unauthorized,
            isSent ? "Unknown token" : "No token",
            (isSent ? "The token is none of those that are known" : "The request has no token")
                + " (CapDashboardOptions.Tokens). Send it as 'Authorization: Bearer …'.");
    }

    public static IResult NoRight(bool isApi, Right needed, Visitor visitor, CapDashboardOptions options) => Answer(
        isApi,
        StatusCodes.Status403Forbidden,
        "Not allowed",
        needed != Right.View && options.IsReadOnly
            ? "The dashboard is read-only here (CapDashboardOptions.IsReadOnly)."
            : visitor.LacksToken ? "Nobody may do this without a token. The API takes one (CapDashboardOptions.Tokens); pages need CapDashboardOptions.ViewPolicy beside that."
            : $"'{visitor.Name}' may not do this: it needs the right to {(needed == Right.View ? "look" : needed == Right.Operate ? "operate" : "edit")} "
                + $"(CapDashboardOptions.{needed}Policy). Nothing was changed.");

    public static IResult Foreign(bool isApi, string fault) =>
        Answer(isApi, StatusCodes.Status403Forbidden, "Not from here", $"{fault} Nothing was changed.");

    public static IResult NotFound(bool isApi, string what) => Answer(isApi, StatusCodes.Status404NotFound, "Not found", what);

    public static IResult BadInput(bool isApi, string fault) => Answer(isApi, StatusCodes.Status400BadRequest, "That does not work", fault);

    public static IResult Unavailable(bool isApi, string fault) => Answer(isApi, StatusCodes.Status503ServiceUnavailable, "Not available", fault);

    private static IResult Answer(bool isApi, int status, string title, string text) =>
        isApi ? Results.Problem(text, statusCode: status, title: title) : new PageResult<Pages.RefusedView>(new RefusedModel(title, text), status);
}
