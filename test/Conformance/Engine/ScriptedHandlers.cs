namespace Cap.Conformance;

/// <summary>Handlers of every kind; the test's script says what they do.</summary>
public sealed class ScriptedHandlers(Script script) : ICapSubscribe
{
    /// <summary>A handler as most are.</summary>
    [CapSubscribe("plain", Group = "one")]
    public Task One(string? value, [FromCap] CapHeader header, CancellationToken stop) => script.RunAsync(new("one", value, header, null, stop));

    /// <summary>The same name in another group.</summary>
    [CapSubscribe("plain", Group = "two")]
    public async ValueTask Two(string? value, [FromCap] CapHeader header, CancellationToken stop) =>
        await script.RunAsync(new("two", value, header, null, stop));

    /// <summary>A pattern.</summary>
    [CapSubscribe("topic.*.end", Group = "one")]
    public Task Pattern(string? value, CapHeader header) => script.RunAsync(new("pattern", value, header, null, default));

    /// <summary>A handler that takes part in Cap's transaction.</summary>
    [CapSubscribe("transactional", Group = "one")]
    public Task Transactional(string? value, ICapTransaction transaction, CapHeader header, CancellationToken stop) =>
        script.RunAsync(new("transactional", value, header, transaction, stop));

    /// <summary>A handler that answers.</summary>
    [CapSubscribe("question", Group = "one")]
    public async Task<string> Question(string? value, CapHeader header)
    {
        await script.RunAsync(new("question", value, header, null, default));
        return $"answer to {value}";
    }

    /// <summary>Takes answers.</summary>
    [CapSubscribe("answer", Group = "one")]
    public Task Answer(string? value, CapHeader header) => script.RunAsync(new("answer", value, header, null, default));

    /// <summary>A handler that wants a number.</summary>
    [CapSubscribe("number", Group = "one")]
    public Task Number(int value, CapHeader header) => script.RunAsync(new("number", $"{value}", header, null, default));

    /// <summary>Messages of one key, one after the other.</summary>
    [CapSubscribe("keyed", Group = "one")]
    public Task Keyed(string? value, CapHeader header, CancellationToken stop) => script.RunAsync(new("keyed", value, header, null, stop));
}
