using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Cap.Servers;

namespace Cap.Endurance;

/// <summary>A process that this run has started. It ends with this one, however this one ends.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Channel<string> _said = Channel.CreateUnbounded<string>();

    private NodeProcess(string name, string program, IEnumerable<string> arguments)
    {
        Name = name;
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Heard(e.Data);
        _process.ErrorDataReceived += (_, e) => Heard(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    /// <summary>Starts a node of this program.</summary>
    public static Task<NodeProcess> StartAsync(string name, NodePlan plan) =>
        StartAsync(name, typeof(NodeProcess).Assembly.Location, ["node", .. ProcessArguments.Of(plan)]);

    /// <summary>Starts a program that says READY when it is, and ends when its standard input does.</summary>
    public static async Task<NodeProcess> StartAsync(string name, string program, IEnumerable<string> arguments)
    {
        var node = new NodeProcess(name, program, arguments);
        await node.SaysAsync("READY");
        return node;
    }

    /// <summary>Waits for a line that begins so.</summary>
    public async Task<string> SaysAsync(string beginning, TimeSpan? within = null)
    {
        using var late = new CancellationTokenSource(within ?? Patience);
        try
        {
            while (true)
            {
                var line = await _said.Reader.ReadAsync(late.Token);
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    return line;
            }
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            throw new InvalidOperationException($"{Name} did not say {beginning}; {(_process.HasExited ? $"it ended with {_process.ExitCode}" : "it still runs")}.");
        }
    }

    public async Task<NodeSample> SampleAsync()
    {
        await _process.StandardInput.WriteLineAsync("sample");
        var said = (await SaysAsync("SAMPLE ")).Split(' ');
        var status = await File.ReadAllLinesAsync($"/proc/{_process.Id}/status");
        return new(Long(said[1]), Long(said[2]), Long(said[3]) / 1e6, Status("VmRSS:") * 1024 / 1e6, (int)Status("Threads:"), int.Parse(said[4], CultureInfo.InvariantCulture));

        long Status(string field) =>
            Long(status.First(l => l.StartsWith(field, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    /// <summary>Ends its load; what was published goes on.</summary>
    public Task RestAsync() => _process.StandardInput.WriteLineAsync("rest");

    /// <summary>SIGTERM, as a container host sends it. Throws when it does not end in order.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"{Name} ended with {_process.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private void Heard(string? line)
    {
        if (line is null)
            return;
        // Warnings and errors of a node belong into the report.
        if (line.StartsWith("warn", StringComparison.Ordinal) || line.StartsWith("fail", StringComparison.Ordinal) || line.StartsWith("Unhandled", StringComparison.Ordinal))
            Console.WriteLine($"  [{Name}] {line[..Math.Min(line.Length, 300)]}");
        _said.Writer.TryWrite(line);
    }
}
