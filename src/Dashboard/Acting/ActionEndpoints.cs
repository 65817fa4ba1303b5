using System.Globalization;
using System.Text;
using Cap.Dashboard.Pages;
using Cap.Messages;
using Cap.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>What forms do. Each answers with the way to a page that tells what really changed.</summary>
internal static partial class ActionEndpoints
{
    private static readonly string[] Pages = ["messages", "message", "subscribers", "operations"];

    public static void Map(RouteGroupBuilder group, Sources sources)
    {
        MapForm("/act", Right.Operate, ActAsync);
        MapForm("/start", Right.Operate, StartAsync);
        MapForm("/stop", Right.Operate, StopAsync);
        MapForm("/pause", Right.Operate, PauseAsync);
        MapForm("/compare", Right.Edit, CompareAsync);
        MapForm("/replay", Right.Edit, ReplayAsync);

        // The form is read here and not bound: what would be bound wants a token in it, which the origin of the request makes needless.
        void MapForm(string pattern, Right right, Func<HttpContext, IFormCollection, Sources, Task<IResult>> action) =>
            group
                .MapPost(
                    pattern,
                    async (HttpContext context) =>
                    {
                        if (!context.Request.HasFormContentType)
                            return Refusal.BadInput(false, $"The request has no form (Content-Type: '{context.Request.ContentType}').");
                        try
                        {
                            return await action(context, await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false), sources).ConfigureAwait(false);
                        }
                        catch (Exception e) when (e is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
                        {
                            Log.Failed(sources.Log, e, pattern, Visitor.Of(context).Name);
                            return Refusal.Unavailable(false, $"It failed, and it is not certain whether anything was changed. Look at the audit log. {e.Message}");
                        }
                    })
                .WithMetadata(new Needs(right))
                .DisableAntiforgery();
    }

    private static async Task<IResult> ActAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var faults = new List<string>();
        var type = QueryReader.Type(form["type"], faults);
        var ids = form["ids"].Select(PageEndpoints.Number).OfType<long>().ToHashSet();
        if (Kind(form["kind"]) is not { } kind)
            return Refusal.BadInput(false, $"There is no action '{form["kind"]}'.");
        if (faults.Count > 0)
            return Refusal.BadInput(false, faults[0]);
        if (ids.Count == 0)
            return Refusal.BadInput(false, "No message is selected. Tick the ones that are meant.");
        var acted = await Acts.RunAsync(sources, new(type, kind, ids, Visitor.Of(context).Name), context.RequestAborted).ConfigureAwait(false);
        var back = Back(form["back"], $"messages?type={Show.Address(type)}");
        // A message that was deleted has no page any more.
        if (kind != MessageActionKind.Retry && back.StartsWith("message?", StringComparison.Ordinal) && acted.Changed > 0)
            back = $"messages?type={Show.Address(type)}";
        return Moved.After(Tell(back, acted.AuditId));
    }

    private static async Task<IResult> StartAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var (query, faults) = QueryReader.Read(form);
        if (OperationFault(form["kind"], query, faults, Visitor.Of(context).Sight) is { } fault)
            return Refusal.BadInput(false, fault);
        var id = await Acts.StartAsync(
            sources, Kind(form["kind"])!.Value, query, PageEndpoints.Number(form["expected"]) ?? 0, Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false);
        return Moved.After(string.Create(CultureInfo.InvariantCulture, $"operations?id={id}"));
    }

    private static async Task<IResult> StopAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        if (PageEndpoints.Number(form["id"]) is not { } id)
            return Refusal.BadInput(false, $"The operation is '{form["id"]}', which is no number.");
        await Acts.StopAsync(sources, id, Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false);
        return Moved.After(string.Create(CultureInfo.InvariantCulture, $"operations?id={id}"));
    }

    private static async Task<IResult> PauseAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var (group, kind) = (form["group"].ToString(), form["kind"].ToString());
        if (group.Length == 0 || kind is not ("pause" or "resume"))
            return Refusal.BadInput(false, $"A group is paused or resumed; this asks for '{kind}' of '{group}'.");
        var acted = await Acts.PauseAsync(sources, group, kind == "pause", Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false);
        return acted is null ? Refusal.NotFound(false, $"There is no group '{group}'.") : Moved.After(Tell("subscribers", acted.AuditId));
    }

    private static async Task<IResult> CompareAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var (model, _, refusal) = await ReadEditAsync(context, form, sources).ConfigureAwait(false);
        return model is null ? refusal! : new PageResult<EditView>(model, model.Fault is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private static async Task<IResult> ReplayAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var (model, before, refusal) = await ReadEditAsync(context, form, sources).ConfigureAwait(false);
        if (model is null)
            return refusal!;
        if (model.Fault is not null)
            return new PageResult<EditView>(model, StatusCodes.Status400BadRequest);
        try
        {
            var headers = HeaderText.Read(model.Headers, HeaderText.Kept(before!.Headers));
            var (_, audit) = await Acts
                .ReplayAsync(sources, model.Type, model.Message, headers, model.Value, Visitor.Of(context).Name, context.RequestAborted)
                .ConfigureAwait(false);
            return Moved.After(Tell(Addresses.Message(model.Type, model.Message.Id), audit));
        }
        catch (ArgumentException e)
        {
            return new PageResult<EditView>(model with { Fault = e.Message, Differences = null }, StatusCodes.Status400BadRequest);
        }
    }

    private static async Task<(EditModel? Model, Content? Before, IResult? Refusal)> ReadEditAsync(HttpContext context, IFormCollection form, Sources sources)
    {
        var (type, found, refusal) = await PageEndpoints.OneAsync(context, sources, form["type"], form["id"]).ConfigureAwait(false);
        if (found is not { } message)
            return (null, null, refusal);
        var before = Content.Read(message, Visitor.Of(context).Sight, int.MaxValue);
        if (before.IsMasked)
            return (null, null, Refusal.BadInput(false, "Something in this message is hidden from you, so you cannot change it and send it again."));
        if (before.Fault is not null)
            return (null, null, Refusal.BadInput(false, $"This message cannot be shown, so it cannot be changed here and sent again: {before.Fault}"));
        // Browsers send texts with the line ends of the network.
        var (headers, value) = (form["headers"].ToString().ReplaceLineEndings("\n").Trim('\n'), form["value"].ToString().ReplaceLineEndings("\n").Trim('\n'));
        var fault = MessageContent.IsJson(Encoding.UTF8.GetBytes(value)) && value.Length > 0 ? null : "The value is not JSON. Texts need quotation marks.";
        return (
            new(
                await Shells.MakeAsync(context, sources, $"messages?type={Show.Address(type)}", isLive: false).ConfigureAwait(false),
                type,
                message,
                headers,
                value,
                fault,
                fault is null ? [.. Difference.Of(HeaderText.Write(before.Headers), headers), .. Difference.Of(before.Value, value)] : null)
            { KeptHeaders = [.. HeaderText.Kept(before.Headers).Keys] },
            before,
            null);
    }

    public static MessageActionKind? Kind(string? text) => text switch
    {
        "retry" => MessageActionKind.Retry,
        "cancel" => MessageActionKind.Cancel,
        "delete" => MessageActionKind.Delete,
        _ => null,
    };

    /// <summary>Why an action on all that match cannot be; null when it can.</summary>
    public static string? OperationFault(string? kind, MessageQuery query, IReadOnlyList<string> faults, Sight sight) =>
        faults.Count > 0 ? string.Join(' ', faults)
        : Kind(kind) is null ? $"There is no action '{kind}'."
        : query.Status is null or StatusName.Succeeded ? "Choose a state first: settled messages can neither be retried nor deleted."
        : !sight.IsWhole && Searches.LooksInside(query) ? "Something is hidden from you, so you cannot choose all that match a key, a header, a content or an error: their number would tell."
        : null;

    private static string Back(string? address, string otherwise) =>
        address is not null && Pages.Any(page => address == page || address.StartsWith(page + "?", StringComparison.Ordinal)) ? address : otherwise;

    private static string Tell(string address, long auditId) =>
        string.Create(CultureInfo.InvariantCulture, $"{address}{(address.Contains('?', StringComparison.Ordinal) ? "&" : "?")}told={auditId}");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Action} by {By} failed")]
        public static partial void Failed(ILogger logger, Exception error, string action, string by);
    }
}
