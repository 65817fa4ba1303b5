namespace Cap.Transport;

/// <summary>The broker cannot be reached, was lost or does not answer. Trying again later can help, and nothing else can.</summary>
public sealed class BrokerConnectionException : CapException
{
    /// <summary>With a message and a cause.</summary>
    public BrokerConnectionException(string message, Exception? inner = null)
        : base(message, inner) { }
}
