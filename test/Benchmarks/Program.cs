using Cap.Benchmarks;

// What build/bench.sh runs. "measure" is one side of one scenario in a process of its own, so that its CPU and memory are its own.
if (args is ["measure", ..])
    return await MeasureProgram.RunAsync(args[1..]);
if (args is ["micro", ..])
    return MicroProgram.Run(args[1..]);
var (options, fault) = BenchOptions.Parse(args);
if (fault is not null)
{
    await Console.Error.WriteLineAsync(fault);
    return 64;
}
return await BenchProgram.RunAsync(options);
