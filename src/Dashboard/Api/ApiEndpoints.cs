using System.Text.Json;
using Cap.Messages;
using Cap.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>The same as the pages, as JSON; described in <c>api/openapi.json</c>.</summary>
internal static partial class ApiEndpoints
{
    private const int MostOnPage = 500;

    /// <summary>What the body of an operation may have.</summary>
    private static readonly string[] OperationNames = ["kind", "countOnly", "type", "state", "name", "group", "key", "id", "since", "until", "header", "text", "error"];

    public static void Map(RouteGroupBuilder group, Sources sources)
    {
        var api = group.MapGroup("/api");
        api.WithMetadata(new ApiEndpoint());
        api.MapGet("/openapi.json", () => Results.Stream(typeof(ApiEndpoints).Assembly.GetManifestResourceStream("cap/openapi.json")!, "application/json"));
        Get("/overview", OverviewAsync);
        Get("/messages/{type}", ListAsync);
        Get("/messages/{type}/{id}", MessageAsync);
        Get("/failures", async (context, s) => Answer(await PageEndpoints.FailuresOfAsync(context, s).ConfigureAwait(false), groups => groups.Select(ApiShape.Of)));
        Get("/subscribers", async (context, s) => Answer(
            await Ask.ForAsync(_ => Subscribers.FindAsync(s), s.Time, context.RequestAborted).ConfigureAwait(false), groups => groups.Select(ApiShape.Of)));
        Get("/nodes", async (context, s) => Answer(await s.Cluster.GetAsync().ConfigureAwait(false), ApiShape.Of));
        Get("/operations", async (context, s) => Answer(
            await Ask.ForAsync(stop => s.Storage.Monitoring.GetOperationsAsync(null, 50, stop), s.Time, context.RequestAborted).ConfigureAwait(false),
            all => all.Select(operation => ApiShape.Of(operation, Visitor.Of(context).Sight))));
        Get("/operations/{id}", OperationAsync);
        Get("/audit", AuditAsync);
        Post("/messages/{type}/{kind}", Right.Operate, ActAsync);
        Post("/messages/{type}/{id}/replay", Right.Edit, ReplayAsync);
        Post("/operations", Right.Operate, StartAsync);
        Post("/operations/{id}/stop", Right.Operate, StopAsync);
        Post("/groups/{group}/{kind}", Right.Operate, PauseAsync);

        void Get(string pattern, Func<HttpContext, Sources, Task<IResult>> answer) =>
            api.MapGet(pattern, Answering(answer));

        void Post(string pattern, Right right, Func<HttpContext, Sources, Task<IResult>> answer) =>
            api
                .MapPost(pattern, Answering(answer))
                .WithMetadata(new Needs(right))
                .DisableAntiforgery();

        // As a delegate of its own: a lambda would be taken for one whose result does not matter.
        Delegate Answering(Func<HttpContext, Sources, Task<IResult>> answer) =>
            new Func<HttpContext, Task<IResult>>(context => TryAsync(context, () => answer(context, sources)));

        async Task<IResult> TryAsync(HttpContext context, Func<Task<IResult>> answer)
        {
            try
            {
                return await answer().ConfigureAwait(false);
            }
            catch (Exception e) when (e is JsonException or BadHttpRequestException)
            {
                return Refusal.BadInput(true, $"The body cannot be read: {e.Message}");
            }
            catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
            {
                Log.Failed(sources.Log, e, context.Request.Path, Visitor.Of(context).Name);
                return Refusal.Unavailable(true, e.Message);
            }
        }
    }

    private static IResult Answer<T>(Known<T> known, Func<T, object> shape)
        where T : class => known.Value is { } value ? Results.Json(shape(value), ApiShape.Options) : Refusal.Unavailable(true, known.Fault!);

    private static async Task<IResult> OverviewAsync(HttpContext context, Sources sources)
    {
        var seen = await Overview.LookAsync(sources).ConfigureAwait(false);
        return Results.Json(ApiShape.OfOverview(Warnings.Find(sources, seen), seen.Published, seen.Received, seen.Backlogs), ApiShape.Options);
    }

    private static async Task<IResult> ListAsync(HttpContext context, Sources sources)
    {
        var parameters = context.Request.Query;
        var (query, faults) = QueryReader.Read(name => name == "type" ? context.Request.RouteValues["type"] as string : parameters.TryGetValue(name, out var value) ? value.ToString() : null);
        if (faults.Count > 0)
            return Refusal.BadInput(true, string.Join(' ', faults));
        if (parameters["limit"] is { Count: > 0 } wanted)
        {
            if (PageEndpoints.Number(wanted) is not { } limit)
                return Refusal.BadInput(true, $"The limit is '{wanted}'. Give it a number up to {MostOnPage}.");
            query = query with { Limit = (int)Math.Clamp(limit, 1, MostOnPage) };
        }
        return Answer(
            await Ask.ForAsync(stop => Searches.FindAsync(sources.Storage.Monitoring, query, Visitor.Of(context).Sight, stop), sources.Time, context.RequestAborted).ConfigureAwait(false), ApiShape.Of);
    }

    private static async Task<IResult> MessageAsync(HttpContext context, Sources sources)
    {
        var (type, found, refusal) = await OneAsync(context, sources).ConfigureAwait(false);
        if (found is not { } message)
            return refusal!;
        var attempts = await sources.Storage.Monitoring.GetAttemptsAsync(type, message.Id, context.RequestAborted).ConfigureAwait(false);
        return Results.Json(ApiShape.Of(message, attempts, Visitor.Of(context).Sight), ApiShape.Options);
    }

    private static async Task<IResult> OperationAsync(HttpContext context, Sources sources)
    {
        if (PageEndpoints.Number(context.Request.RouteValues["id"] as string) is not { } id)
            return Refusal.BadInput(true, $"The operation is '{context.Request.RouteValues["id"]}', which is no number.");
        return await sources.Storage.Monitoring.GetOperationsAsync(id, 1, context.RequestAborted).ConfigureAwait(false) is [var operation]
            ? Results.Json(ApiShape.Of(operation, Visitor.Of(context).Sight), ApiShape.Options)
            : Refusal.NotFound(true, $"There is no operation {id}.");
    }

    private static async Task<IResult> AuditAsync(HttpContext context, Sources sources)
    {
        var parameters = context.Request.Query;
        var query = new AuditQuery
        {
            By = parameters["by"].ToString() is { Length: > 0 } by ? by : null,
            BeforeId = PageEndpoints.Number(parameters["before"]),
            Limit = (int)Math.Clamp(PageEndpoints.Number(parameters["limit"]) ?? 100, 1, MostOnPage),
        };
        return Results.Json((await sources.Storage.Monitoring.FindAuditAsync(query, context.RequestAborted).ConfigureAwait(false)).Select(entry => ApiShape.Of(entry, Visitor.Of(context).Sight)), ApiShape.Options);
    }

    private static async Task<IResult> ActAsync(HttpContext context, Sources sources)
    {
        var faults = new List<string>();
        var type = QueryReader.Type(context.Request.RouteValues["type"] as string, faults);
        if (ActionEndpoints.Kind(context.Request.RouteValues["kind"] as string) is not { } kind)
            faults.Add($"There is no action '{context.Request.RouteValues["kind"]}'. There are retry, cancel and delete.");
        else if (faults.Count == 0)
        {
            var body = await ReadAsync<IdsBody>(context).ConfigureAwait(false);
            var ids = (body?.Ids ?? []).Select(PageEndpoints.Number).ToList();
            if (ids.Count > 0 && ids.TrueForAll(id => id is not null))
            {
                var acted = await Acts.RunAsync(sources, new(type, kind, ids.OfType<long>().ToHashSet(), Visitor.Of(context).Name), context.RequestAborted).ConfigureAwait(false);
                return Results.Json(ApiShape.Of(acted), ApiShape.Options);
            }
            faults.Add("""The body must name rows: {"ids": ["12", "13"]}.""");
        }
        return Refusal.BadInput(true, string.Join(' ', faults));
    }

    private static async Task<IResult> ReplayAsync(HttpContext context, Sources sources)
    {
        var (type, found, refusal) = await OneAsync(context, sources).ConfigureAwait(false);
        if (found is not { } message)
            return refusal!;
        var content = Content.Read(message, Visitor.Of(context).Sight, int.MaxValue);
        if (content.IsMasked)
            return Refusal.BadInput(true, "Something in this message is hidden from you, so you cannot change it and send it again.");
        var body = await ReadAsync<ReplayBody>(context).ConfigureAwait(false) ?? new(null, default);
        // Null is a value; left out, it stays what it was.
        if (content.Fault is not null && (body.Headers is null || body.Value.ValueKind == JsonValueKind.Undefined))
            return Refusal.BadInput(true, $"This message cannot be read, so nothing of it can stay what it was: {content.Fault} Give headers and value.");
        var value = body.Value.ValueKind == JsonValueKind.Undefined ? content.Value : body.Value.GetRawText();
        try
        {
            var headers = body.Headers ?? content.Headers.ToDictionary();
            var (id, audit) = await Acts.ReplayAsync(sources, type, message, headers, value, Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false);
            return Results.Json(new { messageId = id, auditId = ApiShape.Id(audit) }, ApiShape.Options);
        }
        catch (ArgumentException e)
        {
            return Refusal.BadInput(true, e.Message);
        }
    }

    private static async Task<IResult> StartAsync(HttpContext context, Sources sources)
    {
        var body = await ReadAsync<Dictionary<string, JsonElement>>(context).ConfigureAwait(false) ?? [];
        // A name that is not known would be a condition that is not heeded: far more would be changed than was meant.
        var unknown = body.Keys.Except(OperationNames).ToList();
        if (unknown.Count > 0)
            return Refusal.BadInput(true, $"'{unknown[0]}' is not known here. There are {string.Join(", ", OperationNames)}.");
        if (body.Keys.FirstOrDefault(name => string.IsNullOrWhiteSpace(Text(name))) is { } empty)
            return Refusal.BadInput(true, $"'{empty}' is empty, which is no condition. Give it a value or leave it out.");
        var (query, faults) = QueryReader.Read(Text);
        var (kind, countOnly) = (Text("kind"), Text("countOnly") ?? "false");
        List<string> all = [.. faults];
        if (Text("type") is null)
            all.Add("The type is missing: 'published' or 'received'.");
        if (countOnly is not ("true" or "false"))
            all.Add($"countOnly is '{countOnly}'. Give it true or false.");
        if (ActionEndpoints.OperationFault(kind, query, all, Visitor.Of(context).Sight) is { } fault)
            return Refusal.BadInput(true, fault);
        var (count, isAtLeast) = await Matches.CountAsync(sources.Storage.Monitoring, query, context.RequestAborted).ConfigureAwait(false);
        if (countOnly == "true")
            return Results.Json(new { expected = count, isAtLeast }, ApiShape.Options);
        var id = await Acts
            .StartAsync(sources, ActionEndpoints.Kind(kind)!.Value, query, count, Visitor.Of(context).Name, context.RequestAborted)
            .ConfigureAwait(false);
        return Results.Json(new { id = ApiShape.Id(id), expected = count, isAtLeast }, ApiShape.Options, statusCode: StatusCodes.Status202Accepted);

        string? Text(string name) => !body.TryGetValue(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
    }

    private static async Task<IResult> StopAsync(HttpContext context, Sources sources)
    {
        if (PageEndpoints.Number(context.Request.RouteValues["id"] as string) is not { } id)
            return Refusal.BadInput(true, $"The operation is '{context.Request.RouteValues["id"]}', which is no number.");
        return Results.Json(new { stopped = await Acts.StopAsync(sources, id, Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false) }, ApiShape.Options);
    }

    private static async Task<IResult> PauseAsync(HttpContext context, Sources sources)
    {
        var (group, kind) = ((string)context.Request.RouteValues["group"]!, context.Request.RouteValues["kind"] as string);
        if (kind is not ("pause" or "resume"))
            return Refusal.BadInput(true, $"There is no action '{kind}'. There are pause and resume.");
        return await Acts.PauseAsync(sources, group, kind == "pause", Visitor.Of(context).Name, context.RequestAborted).ConfigureAwait(false) is { } acted
            ? Results.Json(ApiShape.Of(acted), ApiShape.Options)
            : Refusal.NotFound(true, $"There is no group '{group}'.");
    }

    private static Task<(MessageType Type, StoredMessage? Message, IResult? Refusal)> OneAsync(HttpContext context, Sources sources) =>
        PageEndpoints.OneAsync(context, sources, context.Request.RouteValues["type"] as string, context.Request.RouteValues["id"] as string, isApi: true, Ask.PatienceForContent);

    private static async Task<T?> ReadAsync<T>(HttpContext context) =>
        context.Request.HasJsonContentType()
            ? await context.Request.ReadFromJsonAsync<T>(ApiShape.Options, context.RequestAborted).ConfigureAwait(false)
            : throw new BadHttpRequestException($"its type is '{context.Request.ContentType}', and application/json is wanted.");

    private sealed record IdsBody(IReadOnlyList<string>? Ids);

    private sealed record ReplayBody(Dictionary<string, string?>? Headers, JsonElement Value);

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Error, "API {Path} for {By} failed")]
        public static partial void Failed(ILogger logger, Exception error, string path, string by);
    }
}
