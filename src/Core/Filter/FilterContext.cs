using System.Reflection;
using Cap.Messages;

namespace Cap.Filter;

/// <summary>What a filter sees of a handler's call.</summary>
public class FilterContext
{
    internal FilterContext(Message message, string group, MethodInfo method) => (Message, Group, Method) = (message, group, method);

    /// <summary>The message; its value is of the handler's parameter type.</summary>
    public Message Message { get; }

    /// <summary>Full name of the group.</summary>
    public string Group { get; }

    /// <summary>The handler.</summary>
    public MethodInfo Method { get; }
}
