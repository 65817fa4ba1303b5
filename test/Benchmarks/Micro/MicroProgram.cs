using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Cap.Benchmarks;

/// <summary>What is done for each message without a server, one thing at a time.</summary>
internal static class MicroProgram
{
    /// <param name="args">Those of BenchmarkDotNet: <c>--filter *Content*</c>, say.</param>
    public static int Run(string[] args)
    {
        // In this process: nothing has to be built beside it.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(100)).WithIterationCount(15).WithWarmupCount(10);
        var folder = Directory.CreateTempSubdirectory("cap-bench-micro-");
        var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).WithArtifactsPath(folder.FullName);
        string[] all = args.Contains("--filter") ? args : ["--filter", "*", .. args];
        try
        {
            var done = BenchmarkSwitcher.FromAssembly(typeof(MicroProgram).Assembly).Run(all, config);
            return done.Any() && done.All(s => s.Reports.All(r => r.Success)) ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
