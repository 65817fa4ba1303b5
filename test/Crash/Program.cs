using System.Globalization;
using Cap.Crash.Node;
using Cap.Crash.Run;

if (args is ["node", .. var plan])
    return await NodeProgram.RunAsync(plan);

const string usage = """
    usage: build/crash.sh [--seeds N] [--minutes M] [--first SEED] [--sqlite] [--bundles] [--trouble SECONDS] [--keep]

      --seeds N          how many seeds to run (default 10; with --minutes alone: as many as fit)
      --minutes M        begin no seed after M minutes
      --first SEED       the first seed (default 1); the others follow
      --sqlite           on SQLite, one process, instead of several on PostgreSQL and RabbitMQ
      --bundles          messages travel in bundles of up to 100
      --trouble SECONDS  how long there is trouble in each seed (default 8)
      --keep             keep journals and logs of good runs too

    Each seed decides how many processes write and handle, where they kill themselves (SIGKILL between two steps), when they are
    killed, terminated and paused, when their connections are cut, frozen and refused, and when the servers crash. Then everything
    heals, and a checker judges what was committed, handled and effected. The last line is the sum; the exit code is 1 when anything
    was wrong, and the seed to run again is named.
    """;

var options = new SeriesOptions { Folder = Directory.CreateTempSubdirectory("cap-crash-").FullName };
var (seedsGiven, minutesGiven) = (false, false);
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "-h" or "--help":
            Console.WriteLine(usage);
            return 0;
        case "--sqlite":
            options = options with { OnSqlite = true };
            continue;
        case "--bundles":
            options = options with { Bundles = true };
            continue;
        case "--keep":
            options = options with { Keeps = true };
            continue;
    }
    if (i + 1 == args.Length || !double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value) || value < 0 || value > 1_000_000)
    {
        Console.Error.WriteLine($"'{args[i]}' is not understood, or its number is missing.\n\n{usage}");
        return 64;
    }
    switch (args[i++])
    {
        case "--seeds":
            (options, seedsGiven) = (options with { Seeds = (int)value }, true);
            break;
        case "--minutes":
            (options, minutesGiven) = (options with { AtMost = TimeSpan.FromMinutes(value) }, true);
            break;
        case "--first":
            options = options with { FirstSeed = (int)value };
            break;
        case "--trouble":
            options = options with { Trouble = TimeSpan.FromSeconds(value) };
            break;
        default:
            Console.Error.WriteLine($"'{args[i - 1]}' is not understood.\n\n{usage}");
            return 64;
    }
}
if (minutesGiven && !seedsGiven)
    options = options with { Seeds = int.MaxValue };

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
var series = new Series(options, Console.Out);
try
{
    var results = await series.RunAsync(stop.Token);
    series.Sum();
    return results.Count > 0 && results.All(r => r.IsGood) ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    series.Sum();
    return 130;
}
finally
{
    await series.DisposeAsync();
    if (!Directory.EnumerateFileSystemEntries(options.Folder).Any())
        Directory.Delete(options.Folder);
}
