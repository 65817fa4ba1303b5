using System.Buffers;
using System.Text.Json;

namespace Cap.Serialization;

internal sealed class SystemTextJsonSerializer(CapOptions options) : ISerializer
{
    public void Serialize(IBufferWriter<byte> output, object value)
    {
        // The writer has to be told what the serializer knows, or its own defaults would go before the application's.
        var settings = options.JsonSerializerOptions;
        using var writer = new Utf8JsonWriter(
            output,
            new JsonWriterOptions { Encoder = settings.Encoder, Indented = settings.WriteIndented, MaxDepth = settings.MaxDepth });
        JsonSerializer.Serialize(writer, value, value.GetType(), settings);
    }

    public object? Deserialize(ReadOnlyMemory<byte> json, Type type) =>
        JsonSerializer.Deserialize(json.Span, type, options.JsonSerializerOptions);
}
