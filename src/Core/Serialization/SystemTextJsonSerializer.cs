using System.Buffers;
using System.Text.Json;

namespace Cap.Serialization;

internal sealed class SystemTextJsonSerializer(CapOptions options) : ISerializer
{
    public void Serialize(IBufferWriter<byte> output, object value)
    {
        using var writer = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(writer, value, value.GetType(), options.JsonSerializerOptions);
    }

    public object? Deserialize(ReadOnlyMemory<byte> json, Type type) =>
        JsonSerializer.Deserialize(json.Span, type, options.JsonSerializerOptions);
}
