using Cap.Crash.Node;

namespace Cap.Crash.Run;

/// <summary>Everything that a seed decides: the processes, where they kill themselves, and what is done to them and when.</summary>
internal sealed record Scenario(int Seed, bool IsEmbedded, bool SharesTables, IReadOnlyList<NodeSpec> Nodes, IReadOnlyList<Fault> Faults, TimeSpan Trouble)
{
    /// <summary>How many messages may travel as one.</summary>
    public int MaxBundle { get; init; } = 1;

    /// <summary>The scenario of a seed on PostgreSQL and RabbitMQ: several processes that write and several that handle.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="trouble">How long there is trouble.</param>
    public static Scenario OfServers(int seed, TimeSpan trouble)
    {
        var random = new Random(seed);
        var sharesTables = random.Next(2) == 0;
        var (writers, handlers) = (random.Next(1, 3), random.Next(2, 4));
        var nodes = new List<NodeSpec>();
        for (var i = 0; i < writers; i++)
            nodes.Add(Node(random, seed * 7 + i, writes: true, handles: sharesTables && random.Next(3) == 0, CrashPoints.OfMessages));
        for (var i = 0; i < handlers; i++)
            nodes.Add(Node(random, seed * 7 + writers + i, writes: false, handles: true, CrashPoints.OfMessages));

        var faults = new List<Fault>();
        var brokerCrashes = 0;
        for (var at = TimeSpan.FromSeconds(random.NextDouble() * 2); at < trouble; at += TimeSpan.FromSeconds(0.4 + random.NextDouble() * 2.6))
        {
            var kind = Pick(random);
            // A broker takes long to start: one such fault in a run.
            if (kind == FaultKind.CrashBroker && brokerCrashes++ > 0)
                kind = FaultKind.CutBroker;
            var longest = kind switch
            {
                FaultKind.Pause => 2 * NodeProgram.LeaseTime.TotalSeconds,
                FaultKind.CrashBroker or FaultKind.CrashDatabase => 1,
                _ => 3.5,
            };
            faults.Add(new(at, kind, random.Next(nodes.Count), TimeSpan.FromSeconds(0.2 + random.NextDouble() * longest)));
        }
        return new(seed, false, sharesTables, nodes, faults, trouble);
    }

    /// <summary>The scenario of a seed on SQLite, one process that writes and handles, killed again and again.</summary>
    public static Scenario OfSqlite(int seed, TimeSpan trouble)
    {
        var random = new Random(seed);
        var node = Node(random, seed, writes: true, handles: true, [.. CrashPoints.OfMessages.Where(p => p != "send.half")]);
        var faults = new List<Fault>();
        for (var at = TimeSpan.FromSeconds(1 + random.NextDouble() * 2); at < trouble; at += TimeSpan.FromSeconds(1 + random.NextDouble() * 2))
        {
            var kind = random.Next(4) switch { 0 => FaultKind.Terminate, 1 => FaultKind.Pause, _ => FaultKind.Kill };
            faults.Add(new(at, kind, 0, TimeSpan.FromSeconds(0.2 + random.NextDouble() * 4)));
        }
        return new(seed, true, true, [node], faults, trouble);
    }

    private static NodeSpec Node(Random random, int turn, bool writes, bool handles, IReadOnlyList<string> points)
    {
        var fitting = points.Where(p => Fits(p, writes, handles)).Concat(CrashPoints.OfNodes).ToList();
        // In turn over the seeds, so that a hundred of them pass every point several times.
        var crashes = Enumerable
            .Range(0, 2)
            .Select(start => random.Next(3) == 0 ? ((string, int)?)null : (fitting[(turn * 2 + start) % fitting.Count], random.Next(1, 15)))
            .ToList();
        var skew = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(random.Next(-7, 8));
        return new(writes, handles, skew, crashes);
    }

    private static bool Fits(string point, bool writes, bool handles) =>
        point switch
        {
            "commit.before" or "commit.after" => writes,
            // Whoever writes relays, and so does a transactional handler that publishes.
            "publish.before" or "publish.after" => true,
            _ when point.StartsWith("relay.", StringComparison.Ordinal) || point.StartsWith("send.", StringComparison.Ordinal) => true,
            _ => handles,
        };

    private static FaultKind Pick(Random random) =>
        random.Next(100) switch
        {
            < 24 => FaultKind.Kill,
            < 34 => FaultKind.Terminate,
            < 48 => FaultKind.Pause,
            < 57 => FaultKind.CutDatabase,
            < 65 => FaultKind.FreezeDatabase,
            < 70 => FaultKind.RefuseDatabase,
            < 78 => FaultKind.CutBroker,
            < 85 => FaultKind.FreezeBroker,
            < 90 => FaultKind.RefuseBroker,
            < 95 => FaultKind.CrashDatabase,
            _ => FaultKind.CrashBroker,
        };
}
