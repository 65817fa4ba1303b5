using System.Collections.ObjectModel;
using Cap.Messages;

namespace Cap;

/// <summary>The headers of the message a handler runs for, and what should go into its answer. Not thread-safe.</summary>
/// <param name="headers">The headers.</param>
public sealed class CapHeader(IDictionary<string, string?> headers) : ReadOnlyDictionary<string, string?>(headers)
{
    private readonly Dictionary<string, string?> _answer = [];
    private string? _callback;
    private bool _rewritten;

    internal IReadOnlyDictionary<string, string?> AnswerHeaders => _answer;

    internal string? CallbackName => _rewritten ? _callback : this.GetValueOrDefault(Headers.CallbackName);

    /// <summary>Adds a header to the answer.</summary>
    public void AddResponseHeader(string key, string? value) => _answer[key] = value;

    /// <summary>Answers under another name.</summary>
    public void RewriteCallback(string callbackName) => (_rewritten, _callback) = (true, callbackName);

    /// <summary>Sends no answer.</summary>
    public void RemoveCallback() => (_rewritten, _callback) = (true, null);
}
