using Cap.Benchmarks;

// What build/bench.sh runs. "measure" is one side of one scenario in a process of its own, so that its CPU and memory are its own.
if (args is ["measure", ..])
    return await MeasureProgram.RunAsync(args[1..]);
if (BenchOptions.FaultOf(args) is { } fault)
{
    await Console.Error.WriteLineAsync(fault);
    return 64;
}
return await BenchProgram.RunAsync(new(args));
