using System.Diagnostics;

namespace Cap.Crash.Node;

/// <summary>The places between two steps where a process may end by SIGKILL. Passing one that is not asked for does nothing.</summary>
internal sealed class CrashPoints(NodePlan plan)
{
    /// <summary>Every point, in the order a message passes them.</summary>
    public static readonly IReadOnlyList<string> OfMessages =
    [
        "publish.before", "publish.after", "commit.before", "commit.after",
        "relay.fetched", "send.before", "send.half", "send.after", "relay.settle.before", "relay.settle.after",
        "intake.read", "intake.stored", "intake.acknowledged",
        "group.fetched", "handler.begin", "handler.effect", "handler.end", "mark.before", "mark.after", "handler.committed",
        "group.settle.before", "group.settle.after",
    ];

    /// <summary>The points of what goes on beside the messages.</summary>
    public static readonly IReadOnlyList<string> OfNodes = ["lease.before", "lease.inside", "lease.after", "expire.before", "expire.after"];

    private int _passes;

    /// <summary>From now on it does not kill itself.</summary>
    public bool IsCalm { get; set; }

    public void Pass(string point)
    {
        if (IsDue(point))
            Die(point);
    }

    /// <summary>Whether the process is to die here; for a point in the middle of a step.</summary>
    public bool IsDue(string point) => point == plan.CrashAt && !IsCalm && Interlocked.Increment(ref _passes) == plan.CrashPass;

    public static void Die(string point)
    {
        Console.WriteLine($"CRASH {point}");
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal may need a moment; nothing more must happen here.
        new ManualResetEventSlim().Wait();
    }
}
