using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cap.Dashboard;

/// <summary>Serves the files in the dll.</summary>
internal static class AssetEndpoints
{
    public static void Map(RouteGroupBuilder group) => group.MapGet(
        "/assets/{file}",
        (HttpContext context, string file) =>
        {
            if (Asset.Find(file) is not { } asset)
                return Results.NotFound();
            var headers = context.Response.Headers;
            headers.CacheControl = "public, max-age=31536000, immutable";
            headers.Vary = "Accept-Encoding";
            var accepted = context.Request.Headers.AcceptEncoding.ToString();
            var (bytes, encoding) = accepted.Contains("br", StringComparison.Ordinal) ? (asset.Brotli, "br")
                : accepted.Contains("gzip", StringComparison.Ordinal) ? (asset.GZip, "gzip")
                : (asset.Bytes, null);
            headers.ContentEncoding = encoding;
            return Results.Bytes(bytes, asset.Type);
        });
}
