namespace Cap.Servers;

/// <summary>Names for what a test creates on a shared server, so that all tests can run at once.</summary>
public static class Names
{
    /// <summary>A name nobody else has, fit for a schema or a queue: <c>orders_3f09c1a2bd</c>.</summary>
    public static string Unique(string prefix) => $"{prefix.ToLowerInvariant()}_{Guid.NewGuid():N}"[..(prefix.Length + 11)];
}
