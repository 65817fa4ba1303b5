using System.Globalization;

namespace Cap.Benchmarks;

/// <summary>The most memory that was resident, as the kernel notes it.</summary>
internal static class PeakMemory
{
    /// <summary>Forgets what was before (proc(5), clear_refs).</summary>
    public static void Reset() => File.WriteAllText("/proc/self/clear_refs", "5");

    public static double Megabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
