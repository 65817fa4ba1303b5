using System.Globalization;

namespace Cap.Servers;

/// <summary>Hands a plan to a process that a test starts.</summary>
public static class ProcessArguments
{
    /// <summary>Its properties as arguments, which the process reads with the command-line configuration provider.</summary>
    public static IEnumerable<string> Of<T>(T plan) =>
        typeof(T).GetProperties().Select(property => string.Create(CultureInfo.InvariantCulture, $"--{property.Name}={property.GetValue(plan)}"));
}
