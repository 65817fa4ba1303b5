using Cap.Messages;

namespace Cap;

/// <summary>A message that was given up.</summary>
/// <param name="ServiceProvider">A scope's services; disposed after the callback.</param>
/// <param name="MessageType">Published or received.</param>
/// <param name="Message">The message; its value is the raw JSON text.</param>
/// <param name="Error">Why the last attempt failed.</param>
public sealed record FailedInfo(IServiceProvider ServiceProvider, MessageType MessageType, Message Message, string Error);
