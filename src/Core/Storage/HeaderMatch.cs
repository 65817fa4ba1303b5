namespace Cap.Storage;

/// <summary>A header that a message must have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null for any.</param>
public sealed record HeaderMatch(string Name, string? Value)
{
    /// <summary>As it is written in a search: <c>name</c>, or <c>name=value</c>.</summary>
    public override string ToString() => Value is null ? Name : $"{Name}={Value}";
}
