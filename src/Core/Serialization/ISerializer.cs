using System.Buffers;

namespace Cap.Serialization;

/// <summary>
/// The seam to another JSON library. Register an implementation as a singleton before <c>AddCap</c> to replace the default
/// (System.Text.Json with <see cref="CapOptions.JsonSerializerOptions"/>). Thread-safe.
/// </summary>
/// <remarks>
/// A message is serialized once, when it is published, and deserialized once, for the handler. Whatever an implementation throws
/// becomes an <see cref="ArgumentException"/> for the publisher, or a Failed message with the reason on the receiving side.
/// </remarks>
public interface ISerializer
{
    /// <summary>Writes the value as one JSON value in UTF-8.</summary>
    void Serialize(IBufferWriter<byte> output, object value);

    /// <summary>Reads a value of the given type from UTF-8 JSON.</summary>
    object? Deserialize(ReadOnlyMemory<byte> json, Type type);
}
