using System.Diagnostics;
using System.Text;

namespace Cap.EndToEnd;

/// <summary>A process of the end-to-end application. It ends with its standard input, so it never outlives the test.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, TaskCompletionSource> _lines = [];

    private AppProcess(IEnumerable<KeyValuePair<string, string>> plan)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cap.EndToEndApp.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in plan)
            start.ArgumentList.Add($"--{name}={value}");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Heard(e.Data);
        _process.ErrorDataReceived += (_, e) => Heard(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it said so far.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return _output.ToString();
        }
    }

    public int Id => _process.Id;

    public static async Task<AppProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> plan)
    {
        var app = new AppProcess(plan);
        await app.SaysAsync("READY");
        return app;
    }

    /// <summary>Waits for a line.</summary>
    public async Task SaysAsync(string line)
    {
        var said = Line(line);
        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(said, ended).WaitAsync(TimeSpan.FromMinutes(3)) == ended && !said.IsCompleted)
            throw new InvalidOperationException($"The process ended with {_process.ExitCode} before it said '{line}':\n{Output}");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a container host sends it. Returns the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private Task Line(string line)
    {
        lock (_lines)
        {
            if (!_lines.TryGetValue(line, out var said))
                _lines[line] = said = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return said.Task;
        }
    }

    private void Heard(string? line)
    {
        if (line is null)
            return;
        lock (_lines)
            _output.AppendLine(line);
        Line(line);
        lock (_lines)
            _lines[line].TrySetResult();
    }
}
