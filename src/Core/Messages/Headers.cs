namespace Cap.Messages;

/// <summary>The header names Cap writes. They are the ones DotNetCore.CAP puts on the wire, so both can share a broker.</summary>
public static class Headers
{
    /// <summary>Id of the message, 24 hex digits unless the publisher chose its own.</summary>
    public const string MessageId = "cap-msg-id";

    /// <summary>Name (topic) of the message.</summary>
    public const string MessageName = "cap-msg-name";

    /// <summary>Group that received the message.</summary>
    public const string Group = "cap-msg-group";

    /// <summary>.NET type name of the value, for people; never used to choose a type.</summary>
    public const string Type = "cap-msg-type";

    /// <summary>Id of the message that started the conversation.</summary>
    public const string CorrelationId = "cap-corr-id";

    /// <summary>Position in the conversation: 0 for the first message, one more for each answer.</summary>
    public const string CorrelationSequence = "cap-corr-seq";

    /// <summary>Name to publish the handler's return value under.</summary>
    public const string CallbackName = "cap-callback-name";

    /// <summary>Node that handled the message.</summary>
    public const string ExecutionInstanceId = "cap-exec-instance-id";

    /// <summary>When the message was published, UTC, ISO 8601.</summary>
    public const string SentTime = "cap-senttime";

    /// <summary>When a delayed message falls due, UTC, ISO 8601.</summary>
    public const string DelayTime = "cap-delaytime";

    /// <summary>Why the last attempt failed.</summary>
    public const string Exception = "cap-exception";

    /// <summary>W3C trace context of the publisher (https://www.w3.org/TR/trace-context/).</summary>
    public const string TraceParent = "traceparent";

    /// <summary>Ordering key of the message, if it has one.</summary>
    public const string Key = "cap-msg-key";

    /// <summary>Set to <c>base64</c> when the value is the base64 text of a body that was not JSON.</summary>
    public const string BodyEncoding = "cap-body-encoding";
}
