using System.Diagnostics;

namespace Cap.Diagnostics;

/// <summary>Traces of Cap: subscribe to the <see cref="ActivitySource"/> named <c>Cap</c>.</summary>
/// <remarks>Tag names follow OpenTelemetry's semantic conventions for messaging.</remarks>
internal static class CapDiagnostics
{
    private static readonly ActivitySource Source = new("Cap");

    /// <summary>The run of a handler, as a child of whatever published the message.</summary>
    public static Activity? Handle(string name, string group, string? traceParent)
    {
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        var activity = Source.StartActivity($"process {name}", ActivityKind.Consumer, parent);
        activity?.SetTag("messaging.system", "cap");
        activity?.SetTag("messaging.destination.name", name);
        activity?.SetTag("messaging.consumer.group.name", group);
        return activity;
    }
}
