namespace Cap;

/// <summary>Options or handlers are wrong. Names every fault at once.</summary>
public sealed class CapConfigurationException : CapException
{
    internal CapConfigurationException(IReadOnlyList<string> faults)
        : base(
            (faults.Count == 1 ? "Cap cannot start: " : $"Cap cannot start, {faults.Count} things are wrong:{Environment.NewLine}- ")
                + string.Join(Environment.NewLine + "- ", faults)
        ) => Faults = faults;

    /// <summary>Each fault, with name, value and remedy.</summary>
    public IReadOnlyList<string> Faults { get; }
}
