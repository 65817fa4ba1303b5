using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cap.Servers;

/// <summary>A server program in a process group of its own. Its output goes to a file; it never outlives this process.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Process _guard;
    private readonly Signal _lastSignal;
    private readonly string _log;

    private ServerProcess(Process process, Process guard, Signal lastSignal, string log) =>
        (_process, _guard, _lastSignal, _log) = (process, guard, lastSignal, log);

    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;

    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">Where its log goes; deleted by the guard.</param>
    /// <param name="lastSignal">What ends it when it does not start in time, or when this process dies without disposing it.</param>
    /// <param name="environment">Variables on top of this process's own.</param>
    public static ServerProcess Start(
        IEnumerable<string> command, string folder, Signal lastSignal, IReadOnlyDictionary<string, string>? environment = null)
    {
        var log = Path.Combine(folder, "log");

        // setsid and both execs replace the process instead of adding one: the server itself is our child and leads its group,
        // and Ctrl-C in a terminal does not reach it. A file needs no draining, and it can be read when the start fails.
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", log, .. command])
        {
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var process = Process.Start(start)!;
        return new ServerProcess(process, StartGuard(process.Id, folder, lastSignal), lastSignal, log);
    }

    public void Send(Signal signal) => Send(_process.Id, signal);

    /// <summary>Signals one process by its id; one that is gone already is fine.</summary>
    public static void Send(int processId, Signal signal) => _ = Kill(processId, (int)signal);

    /// <summary>Signals the server and every process of its group.</summary>
    public void SendToGroup(Signal signal) => _ = Kill(-_process.Id, (int)signal);

    /// <summary>
    /// Stops every process of the group. A signal that is sent is only on its way, and a thread that runs meanwhile may answer yet: returns
    /// when none does, or after a few seconds.
    /// </summary>
    public void PauseGroup()
    {
        SendToGroup(Signal.Stop);
        SpinWait.SpinUntil(
            () => Directory.GetDirectories("/proc").Where(IsOfGroup).SelectMany(ThreadsOf).All(thread => StatusOf(thread) is [] or ["T" or "Z" or "X", ..]),
            TimeSpan.FromSeconds(5));
    }

    /// <summary>Waits until the server answers. False when it has ended instead, most likely because somebody was faster on its port.</summary>
    /// <exception cref="TimeoutException">It did neither in this time, and was ended.</exception>
    public async Task<bool> StartsAsync(Func<CancellationToken, Task<bool>> answers, TimeSpan time, CancellationToken stop)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time; await Task.Delay(50, stop))
        {
            if (await answers(stop))
                return true;
            if (HasExited)
            {
                await WaitForExitAsync();
                return false;
            }
        }

        SendToGroup(_lastSignal);
        await WaitForExitAsync();
        throw new TimeoutException($"The server took no connection for {time.TotalSeconds} s:\n{Tail()}");
    }

    public async Task WaitForExitAsync()
    {
        await _process.WaitForExitAsync();

        // From now on the process id may belong to somebody else.
        Dispose();
    }

    /// <summary>The end of the log, for error messages.</summary>
    public string Tail() => File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(30)) : "";

    public void Dispose()
    {
        if (!_guard.HasExited)
            Send(_guard.Id, Signal.Kill);
        _guard.Dispose();
    }

    private bool IsOfGroup(string process) =>
        int.TryParse(Path.GetFileName(process), out _) && StatusOf(process) is [_, _, var group, ..] && group == $"{_process.Id}";

    private static string[] ThreadsOf(string process)
    {
        try
        {
            return Directory.GetDirectories($"{process}/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>State, parent, group and more of a process or thread, as proc(5) has them behind its name; nothing for one that is gone.</summary>
    private static string[] StatusOf(string folder)
    {
        try
        {
            var status = File.ReadAllText($"{folder}/stat");
            return status[(status.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    // However this process ends, kill -9 included, its end of the pipe closes, and the guard ends the server and its folder.
    private static Process StartGuard(int group, string folder, Signal signal)
    {
        const string script = """
            exec >/dev/null 2>&1
            read -r _
            kill -s CONT -- "-$0"; kill -s "$1" -- "-$0"
            n=0; while kill -s 0 -- "-$0" && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
            rm -rf -- "$2"
            """;
        var name = signal == Signal.Quit ? "QUIT" : "KILL";
        var start = new ProcessStartInfo("setsid", ["sh", "-c", script, $"{group}", name, folder])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
