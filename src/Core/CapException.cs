namespace Cap;

/// <summary>A promise Cap could not keep at run time. The message names the thing, the value and the remedy.</summary>
public class CapException : Exception
{
    /// <summary>With a message.</summary>
    public CapException(string message)
        : base(message) { }

    /// <summary>With a message and a cause.</summary>
    public CapException(string message, Exception? inner)
        : base(message, inner) { }
}
