using System.Text;

namespace Cap.Messages;

/// <summary>The rules for texts that travel in column, routing key and header.</summary>
internal static class MessageName
{
    public const int MaxLength = 200;

    /// <summary>The most an AMQP routing key can have.</summary>
    private const int MaxBytes = 255;

    /// <summary>What is wrong with a message name, or null.</summary>
    public static string? Fault(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "A message name must not be empty. Give it a name like 'order.placed'."
        : name.Length > MaxLength
            ? $"The message name '{name[..40]}…' has {name.Length} characters, {MaxLength} are allowed. Shorten it."
        : HasControl(name) ? $"The message name '{Printable(name)}' contains a control character. Remove it."
        : Encoding.UTF8.GetByteCount(name) > MaxBytes
            ? $"The message name '{name[..40]}…' takes more than {MaxBytes} bytes of UTF-8, the most a routing key can have. Shorten it."
        : null;

    /// <summary>What is wrong with a name to publish under, or null: patterns are for subscribers.</summary>
    public static string? PublishFault(string? name) =>
        Fault(name)
        ?? (
            name!.Split('.').Any(word => word is "*" or "#")
                ? $"The message name '{name}' is a pattern. Publish under a plain name; '*' and '#' are for [CapSubscribe]."
                : null
        );

    /// <summary>What is wrong with a short text such as a key or a message id, or null.</summary>
    public static string? TextFault(string what, string text) =>
        text.Length == 0 ? $"The {what} must not be empty. Leave it null for none."
        : text.Length > MaxLength ? $"The {what} '{text[..40]}…' has {text.Length} characters, {MaxLength} are allowed. Shorten it."
        : HasControl(text) ? $"The {what} '{Printable(text)}' contains a control character. Remove it."
        : null;

    public static bool HasControl(string text) => text.Any(char.IsControl);

    public static string Printable(string text) => string.Concat(text.Take(60).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
}
