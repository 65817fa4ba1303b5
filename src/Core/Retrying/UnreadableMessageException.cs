namespace Cap.Retrying;

/// <summary>Nobody can read the message: bad JSON, a type that does not fit, no handler. Trying again cannot help.</summary>
internal sealed class UnreadableMessageException(string message, Exception? inner = null) : CapException(message, inner);
