using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Cap.Dashboard;

/// <summary>
/// A file in the dll. Its address has a hash of what is in it, so a browser may keep it for ever, and it is compressed once and not for each request.
/// </summary>
public sealed class Asset
{
    private static readonly Dictionary<string, Asset> ByName = new[] { Load("app.css", "text/css; charset=utf-8"), Load("app.js", "text/javascript; charset=utf-8"), Load("icon.svg", "image/svg+xml") }
        .ToDictionary(asset => asset.Name);

    private Asset(string name, string type, byte[] bytes)
    {
        (Name, Type, Bytes) = (name, type, bytes);
        Hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        Brotli = Compress(output => new BrotliStream(output, CompressionLevel.SmallestSize));
        GZip = Compress(output => new GZipStream(output, CompressionLevel.SmallestSize));
    }

    internal string Name { get; }

    internal string Type { get; }

    internal string Hash { get; }

    internal byte[] Bytes { get; }

    internal byte[] Brotli { get; }

    internal byte[] GZip { get; }

    /// <summary>The address of a file, relative to a page.</summary>
    public static string Address(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture, $"assets/{name[..dot]}.{ByName[name].Hash}{name[dot..]}");
    }

    /// <summary>The file with this address; null for none, also for one of another version.</summary>
    internal static Asset? Find(string file) => ByName.Values.FirstOrDefault(asset => Address(asset.Name) == $"assets/{file}");

    private static Asset Load(string name, string type)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream($"cap/{name}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new(name, type, bytes.ToArray());
    }

    private byte[] Compress(Func<Stream, Stream> compression)
    {
        using var output = new MemoryStream();
        using (var compressing = compression(output))
            compressing.Write(Bytes);
        return output.ToArray();
    }
}
