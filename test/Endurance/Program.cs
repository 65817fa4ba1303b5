using Cap.Endurance;

// Long runs on real servers. build/soak.sh says what there is; "node" is a process that a run starts.
if (args is ["node", ..])
    return await NodeProgram.RunAsync(args[1..]);

var given = new Given(args);
var verdict = new Verdict();
try
{
    await (given.Scenario switch
    {
        "soak" => Soak.RunAsync(given, verdict),
        "held" => Held.RunAsync(given, verdict),
        "memory" => Memory.RunAsync(given, verdict),
        "dedup" => Dedup.RunAsync(given, verdict),
        "rolling" => Rolling.RunAsync(given, verdict),
        var other => throw new ArgumentException($"There is no scenario '{other}'."),
    });
}
catch (Exception e)
{
    Console.WriteLine(e);
    verdict.Fault(e.Message);
}
return verdict.Print();
