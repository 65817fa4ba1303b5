using Cap.Crash.History;

namespace Cap.Crash.Node;

/// <summary>
/// The handlers of a run. They throw, cancel themselves and dawdle now and then, and note every run in the journal.
/// </summary>
internal sealed class Handlers(NodePlan plan, Books books, Journal journal, CrashPoints points, HandlerEnd ending, ICapPublisher publisher)
    : ICapSubscribe
{
    public const string Plain = "plain";
    public const string Exact = "exact";
    public const string Derived = "derived";

    // Which runs fail differs from run to run, else a note could never succeed.
    private static int _runs;

    /// <summary>At least once.</summary>
    [CapSubscribe("note.written", Group = Plain)]
    public Task OnAsync(Note note, CancellationToken stop) => RunAsync(Plain, note, null, stop);

    /// <summary>Exactly once, and so is what it publishes.</summary>
    [CapSubscribe("note.written", Group = Exact)]
    public Task OnAsync(Note note, ICapTransaction transaction, CancellationToken stop) =>
        RunAsync(
            Exact,
            note,
            async () =>
            {
                await books.AddEffectAsync(transaction.DbTransaction!, Exact, note);
                points.Pass("handler.effect");
                await publisher.PublishAsync("note.derived", note, new PublishOptions { Key = note.Key }, stop);
            },
            stop
        );

    /// <summary>Exactly once, of what another handler published.</summary>
    [CapSubscribe("note.derived", Group = Derived)]
    public Task OnDerivedAsync(Note note, ICapTransaction transaction, CancellationToken stop) =>
        RunAsync(Derived, note, () => books.AddEffectAsync(transaction.DbTransaction!, Derived, note), stop);

    private async Task RunAsync(string group, Note note, Func<Task>? effect, CancellationToken stop)
    {
        var random = new Random(unchecked(plan.Seed + (Interlocked.Increment(ref _runs) * 7919)));
        journal.Note(EventKind.Begin, note, group);
        points.Pass("handler.begin");
        try
        {
            var dice = random.Next(1000);
            if (dice < 15)
                throw new InvalidOperationException("The handler fails before its effect.");
            if (dice < 60)
                await Task.Delay(random.Next(1, 120), stop);
            if (effect is not null)
                await effect();
            if (dice >= 985)
                throw new InvalidOperationException("The handler fails after its effect.");
            if (dice >= 975)
                await Task.Delay(Timeout.Infinite, new CancellationToken(canceled: true));
        }
        catch
        {
            journal.Note(EventKind.Threw, note, group);
            throw;
        }
        journal.Note(EventKind.End, note, group);
        points.Pass("handler.end");
        ending.IsReached = effect is not null;
    }
}
