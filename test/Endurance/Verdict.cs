namespace Cap.Endurance;

/// <summary>What a run is judged by. The last line it prints says PASSED or FAILED.</summary>
internal sealed class Verdict
{
    private readonly List<string> _faults = [];

    public void AtMost(string what, double value, double limit, string why) => Judge(what, value, value <= limit, $"at most {limit:0.##}", why);

    public void AtLeast(string what, double value, double limit, string why) => Judge(what, value, value >= limit, $"at least {limit:0.##}", why);

    public void Fault(string what) => _faults.Add(what);

    public int Print()
    {
        Console.WriteLine(_faults.Count == 0 ? "PASSED" : $"FAILED: {string.Join("; ", _faults)}");
        return _faults.Count == 0 ? 0 : 1;
    }

    private void Judge(string what, double value, bool isFine, string limit, string why)
    {
        Console.WriteLine($"{(isFine ? "ok  " : "FAIL")} {what,-44} {value,12:0.##}   {limit} ({why})");
        if (!isFine)
            Fault($"{what} is {value:0.##}, not {limit}");
    }
}
