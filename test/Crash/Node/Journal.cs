using System.Diagnostics;
using System.Text;
using Cap.Crash.History;

namespace Cap.Crash.Node;

/// <summary>
/// Notes what this process does, each line in one write to the operating system: a killed process loses nothing it has noted.
/// </summary>
internal sealed class Journal(NodePlan plan) : IDisposable
{
    private readonly FileStream _file = new(plan.Journal, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite,
        BufferSize = 0,
    });
    private readonly Lock _gate = new();

    public void Note(EventKind kind, Note note, string group = "") =>
        Write(new(kind, Stopwatch.GetTimestamp(), plan.Name, group, note.Number, note.Key, note.Place));

    public void Heartbeat(long sent, bool wasAlive) =>
        Write(new(EventKind.Heartbeat, Stopwatch.GetTimestamp(), plan.Name, "", wasAlive ? 0 : 1, null, sent));

    public void Dispose() => _file.Dispose();

    private void Write(JournalEvent e)
    {
        lock (_gate)
        {
            _file.Write(Encoding.UTF8.GetBytes(e.ToLine()));
        }
    }
}
