using System.Collections.Concurrent;

namespace QuickStart;

/// <summary>Tells what happens, line by line, to the console and to the page.</summary>
public sealed class Story(TimeProvider time)
{
    private readonly ConcurrentQueue<Line> _lines = new();

    /// <summary>The latest lines, newest first.</summary>
    public IEnumerable<Line> Latest => _lines.Reverse();

    public void Tell(string who, string what)
    {
        var line = new Line(time.GetLocalNow().ToString("HH:mm:ss.fff", null), who, what);
        _lines.Enqueue(line);
        while (_lines.Count > 200)
            _lines.TryDequeue(out _);
        Console.WriteLine($"{line.At}  {who,-9} {what}");
    }

    public sealed record Line(string At, string Who, string What);
}
