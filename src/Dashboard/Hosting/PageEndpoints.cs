using System.Globalization;
using System.Text;
using Cap.Dashboard.Pages;
using Cap.Messages;
using Cap.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cap.Dashboard;

/// <summary>The pages. All lie beside each other, so that their links are names and nothing else.</summary>
internal static class PageEndpoints
{
    private const int AuditPageSize = 100;

    public static void Map(RouteGroupBuilder group, Sources sources)
    {
        MapPage("/", OverviewAsync);
        MapPage("/messages", ListAsync);
        MapPage("/message", MessageAsync);
        MapPage("/content", ContentAsync);
        MapPage("/failures", FailuresAsync);
        MapPage("/subscribers", SubscribersAsync);
        MapPage("/nodes", NodesAsync);
        MapPage("/operations", OperationsAsync);
        MapPage("/audit", AuditAsync);
        MapPage("/confirm", ConfirmAsync).WithMetadata(new Needs(Right.Operate));
        MapPage("/edit", EditAsync).WithMetadata(new Needs(Right.Edit));

        RouteHandlerBuilder MapPage(string pattern, Func<HttpContext, Sources, Task<IResult>> page) =>
            group.MapGet(pattern, async (HttpContext context) => Moved.ToForm(context.Request, pattern == "/") ?? await page(context, sources).ConfigureAwait(false));
    }

    private static async Task<IResult> OverviewAsync(HttpContext context, Sources sources)
    {
        // What the page is about and what is around it are asked for side by side.
        var looking = Overview.LookAsync(sources);
        var shell = await Shells.MakeAsync(context, sources, "./").ConfigureAwait(false);
        var seen = await looking.ConfigureAwait(false);
        return new PageResult<OverviewView>(new OverviewModel(
            shell with { At = sources.Time.GetUtcNow() },
            Warnings.Find(sources, seen),
            seen.Published,
            seen.Received,
            seen.Backlogs,
            seen.Cluster,
            seen.Database,
            seen.History,
            sources.Storage.Description,
            BrokerState.Of(sources)));
    }

    private static async Task<IResult> ListAsync(HttpContext context, Sources sources)
    {
        var (query, faults) = QueryReader.Read(context.Request.Query);
        // At once: a database that does not answer costs the patience for it once.
        var counting = sources.CountsOf(query.Type).GetAsync();
        var finding = Ask.ForAsync(stop => Searches.FindAsync(sources.Storage.Monitoring, query, Visitor.Of(context).Sight, stop), sources.Time, context.RequestAborted);
        return new PageResult<ListView>(new ListModel(
            await Shells.MakeAsync(context, sources, $"messages?type={Show.Address(query.Type)}").ConfigureAwait(false),
            query,
            faults,
            await finding.ConfigureAwait(false),
            await counting.ConfigureAwait(false)));
    }

    private static async Task<IResult> MessageAsync(HttpContext context, Sources sources)
    {
        var (type, found, refusal) = await OneAsync(context, sources, context.Request.Query["type"], context.Request.Query["id"]).ConfigureAwait(false);
        if (found is not { } message)
            return refusal!;
        var storage = sources.Storage.Monitoring;
        var visitor = Visitor.Of(context);
        var content = Content.Read(message, visitor.Sight);
        var headers = content.Headers.ToDictionary();
        // All at once, as for the overview.
        var asked = (
            Attempts: AskAsync(stop => storage.GetAttemptsAsync(type, message.Id, stop)),
            Heads: AskAsync(async stop => await OneMessage.HeadAsync(storage, type, message, stop).ConfigureAwait(false) is { } head ? new[] { head } : []),
            OtherSide: AskAsync(stop => OneMessage.OtherSideAsync(storage, type, message, stop)),
            Answers: AskAsync(stop => OneMessage.AnswersAsync(storage, message, headers, stop)));
        await Task.WhenAll(asked.Attempts, asked.Heads, asked.OtherSide, asked.Answers).ConfigureAwait(false);
        var (attempts, heads) = (await asked.Attempts.ConfigureAwait(false), await asked.Heads.ConfigureAwait(false));
        if ((attempts.Fault ?? heads.Fault) is { } fault)
            return Refusal.Unavailable(false, $"The database ({sources.Storage.Description}) does not answer: {fault}");
        return new PageResult<MessageView>(new MessageModel(
            await Shells.MakeAsync(context, sources, $"messages?type={Show.Address(type)}").ConfigureAwait(false),
            type,
            visitor.Sight.Of(message),
            content,
            visitor.Sight.Of(attempts.Value!, message),
            await asked.OtherSide.ConfigureAwait(false),
            await asked.Answers.ConfigureAwait(false),
            heads.Value is [var blocking] && blocking.Id != message.Id ? blocking : null,
            heads.Value is [var own] && own.Id == message.Id));

        Task<Known<T>> AskAsync<T>(Func<CancellationToken, Task<T>> ask)
            where T : class => Ask.ForAsync(ask, sources.Time, context.RequestAborted);
    }

    /// <summary>All of a content, as the visitor may see it, for downloading: never shown by the browser.</summary>
    private static async Task<IResult> ContentAsync(HttpContext context, Sources sources)
    {
        var (type, found, refusal) = await OneAsync(context, sources, context.Request.Query["type"], context.Request.Query["id"], patience: Ask.PatienceForContent)
            .ConfigureAwait(false);
        if (found is not { } message)
            return refusal!;
        return Results.File(Encoding.UTF8.GetBytes(Visitor.Of(context).Sight.ContentOf(message)), "application/octet-stream", $"{Show.Address(type)}-{message.Id.ToString(CultureInfo.InvariantCulture)}.json");
    }

    private static async Task<IResult> FailuresAsync(HttpContext context, Sources sources) => new PageResult<FailuresView>(new FailuresModel(
        await Shells.MakeAsync(context, sources, "failures").ConfigureAwait(false),
        await FailuresOfAsync(context, sources).ConfigureAwait(false)));

    /// <summary>Shared by everybody who sees everything.</summary>
    public static Task<Known<IReadOnlyList<FailureGroup>>> FailuresOfAsync(HttpContext context, Sources sources) =>
        Visitor.Of(context).Sight is { IsWhole: false } sight
            ? Ask.ForAsync(stop => Failures.FindAsync(sources.Storage.Monitoring, sight, stop), sources.Time, context.RequestAborted)
            : sources.Failures.GetAsync();

    private static async Task<IResult> SubscribersAsync(HttpContext context, Sources sources) => new PageResult<SubscribersView>(new SubscribersModel(
        await Shells.MakeAsync(context, sources, "subscribers").ConfigureAwait(false),
        await Ask.ForAsync(_ => Subscribers.FindAsync(sources), sources.Time, context.RequestAborted).ConfigureAwait(false)));

    private static async Task<IResult> NodesAsync(HttpContext context, Sources sources) => new PageResult<NodesView>(new NodesModel(
        await Shells.MakeAsync(context, sources, "nodes").ConfigureAwait(false),
        await sources.Cluster.GetAsync().ConfigureAwait(false),
        sources.CapOptions.ShardCount,
        sources.CapOptions.NodeName));

    private static async Task<IResult> OperationsAsync(HttpContext context, Sources sources)
    {
        var id = Number(context.Request.Query["id"]);
        return new PageResult<OperationsView>(new OperationsModel(
            await Shells.MakeAsync(context, sources, "operations").ConfigureAwait(false),
            Visitor.Of(context).Sight.SearchOf,
            Visitor.Of(context).Sight.Sees,
            await Ask.ForAsync(stop => sources.Storage.Monitoring.GetOperationsAsync(id, 50, stop), sources.Time, context.RequestAborted).ConfigureAwait(false)));
    }

    private static async Task<IResult> AuditAsync(HttpContext context, Sources sources)
    {
        var by = context.Request.Query["by"].ToString();
        var query = new AuditQuery
        {
            Id = Number(context.Request.Query["id"]),
            By = by.Length > 0 ? by : null,
            BeforeId = Number(context.Request.Query["before"]),
            Limit = AuditPageSize,
        };
        return new PageResult<AuditView>(new AuditModel(
            await Shells.MakeAsync(context, sources, "audit").ConfigureAwait(false),
            query,
            Visitor.Of(context).Sight.SearchOf,
            await Ask.ForAsync(stop => sources.Storage.Monitoring.FindAuditAsync(query, stop), sources.Time, context.RequestAborted).ConfigureAwait(false)));
    }

    private static async Task<IResult> ConfirmAsync(HttpContext context, Sources sources)
    {
        var (query, faults) = QueryReader.Read(context.Request.Query);
        if (ActionEndpoints.OperationFault(context.Request.Query["kind"], query, faults, Visitor.Of(context).Sight) is { } fault)
            return Refusal.BadInput(false, fault);
        var counted = await Ask.ForAsync(
            async stop => Tuple.Create(await Matches.CountAsync(sources.Storage.Monitoring, query, stop).ConfigureAwait(false)), sources.Time, context.RequestAborted).ConfigureAwait(false);
        if (counted.Value is null)
            return Refusal.Unavailable(false, $"The messages cannot be counted: {counted.Fault}");
        var (count, isAtLeast) = counted.Value.Item1;
        return new PageResult<ConfirmView>(new ConfirmModel(
            await Shells.MakeAsync(context, sources, $"messages?type={Show.Address(query.Type)}", isLive: false).ConfigureAwait(false),
            ActionEndpoints.Kind(context.Request.Query["kind"])!.Value,
            query,
            count,
            isAtLeast));
    }

    private static async Task<IResult> EditAsync(HttpContext context, Sources sources)
    {
        var (type, found, refusal) = await OneAsync(context, sources, context.Request.Query["type"], context.Request.Query["id"]).ConfigureAwait(false);
        if (found is not { } message)
            return refusal!;
        var content = Content.Read(message, Visitor.Of(context).Sight, int.MaxValue);
        if (content.IsMasked)
            return Refusal.BadInput(false, "Something in this message is hidden from you, so you cannot change it and send it again.");
        return new PageResult<EditView>(new EditModel(
            await Shells.MakeAsync(context, sources, $"messages?type={Show.Address(type)}", isLive: false).ConfigureAwait(false),
            type,
            message,
            HeaderText.Write(content.Headers),
            content.Value,
            content.Fault is { } fault ? $"The stored content cannot be read ({fault}), so this is its text." : null,
            null)
        { KeptHeaders = [.. HeaderText.Kept(content.Headers).Keys] });
    }

    /// <summary>The message that parameters name, or why there is none.</summary>
    public static async Task<(MessageType Type, StoredMessage? Message, IResult? Refusal)> OneAsync(
        HttpContext context, Sources sources, string? typeText, string? idText, bool isApi = false, TimeSpan? patience = null)
    {
        var faults = new List<string>();
        var type = QueryReader.Type(typeText, faults);
        if (Number(idText) is not { } id)
            faults.Add($"The row is '{idText}', which is no number.");
        else if (faults.Count == 0)
        {
            var found = await Ask
                .ForAsync(
                    async stop => Tuple.Create(await OneMessage.FindAsync(sources.Storage.Monitoring, type, id, stop).ConfigureAwait(false)),
                    sources.Time,
                    context.RequestAborted,
                    patience)
                .ConfigureAwait(false);
            if (found.Value is null)
                return (type, null, Refusal.Unavailable(isApi, $"The database ({sources.Storage.Description}) does not answer: {found.Fault}"));
            return found.Value.Item1 is { } message
                ? (type, message, null)
                : (type, null, Refusal.NotFound(isApi, $"There is no {Show.Address(type)} message {id}: it was deleted or purged, or never was."));
        }
        return (type, null, Refusal.BadInput(isApi, string.Join(' ', faults)));
    }

    public static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
