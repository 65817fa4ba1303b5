namespace QuickStart.Demo;

/// <summary>A mail to send.</summary>
public sealed record Mail(string To, string Subject);
