using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cap.Conformance;
using Cap.Messages;

namespace Cap.Dashboard.Tests;

public sealed partial class ApiTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private readonly DashboardApp _app = filled.App;

    [Fact]
    public async Task Every_endpoint_is_described_and_nothing_else_is()
    {
        using var document = JsonDocument.Parse(await _app.GetAsync("api/openapi.json"));
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(verb => $"{verb.Name.ToUpperInvariant()} {Named().Replace(path.Name, "{}")}"));
        var mapped = _app.Endpoints
            .Where(e => e.RoutePattern.RawText!.Contains("/api/", StringComparison.Ordinal) && !e.RoutePattern.RawText.EndsWith("openapi.json", StringComparison.Ordinal))
            .Select(e => $"{e.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.IHttpMethodMetadata>()!.HttpMethods[0]} {Named().Replace(e.RoutePattern.RawText!.Split("/api")[1], "{}")}");
        Assert.Equal(mapped.Order(), described.Order());
    }

    [Theory]
    [InlineData("api/overview", "/overview")]
    [InlineData("api/messages/received?state=Failed&limit=2", "/messages/{type}")]
    [InlineData("api/failures", "/failures")]
    [InlineData("api/subscribers", "/subscribers")]
    [InlineData("api/nodes", "/nodes")]
    [InlineData("api/operations", "/operations")]
    [InlineData("api/audit", "/audit")]
    public async Task What_is_answered_has_what_is_described(string address, string path)
    {
        using var document = JsonDocument.Parse(await _app.GetAsync("api/openapi.json"));
        using var answer = JsonDocument.Parse(await _app.GetAsync(address));
        var schema = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Check(document.RootElement, schema, answer.RootElement, address);
    }

    [Fact]
    public async Task A_message_has_its_content_and_attempts()
    {
        var failed = await _app.FailedAsync();
        using var answer = JsonDocument.Parse(await _app.GetAsync($"api/messages/received/{failed.Id}"));
        Assert.Equal($"{failed.Id}", answer.RootElement.GetProperty("message").GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Object, answer.RootElement.GetProperty("content").GetProperty("Headers").ValueKind);
        Assert.Contains("cannot be paid", answer.RootElement.GetProperty("attempts")[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api/messages/nothing", HttpStatusCode.BadRequest)]
    [InlineData("api/messages/received?state=x", HttpStatusCode.BadRequest)]
    [InlineData("api/messages/received?order=latest", HttpStatusCode.BadRequest)]
    [InlineData("api/messages/received?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("api/messages/received/987654321", HttpStatusCode.NotFound)]
    [InlineData("api/operations/987654321", HttpStatusCode.NotFound)]
    public async Task Errors_are_problem_details(string address, HttpStatusCode status)
    {
        using var problem = JsonDocument.Parse(await _app.GetAsync(address, status));
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.RootElement.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_count_comes_before_an_operation()
    {
        var body = new Dictionary<string, string> { ["kind"] = "retry", ["type"] = "received", ["state"] = "Failed", ["error"] = "paid", ["countOnly"] = "true" };
        using var answer = await _app.Client.PostAsJsonAsync("/cap/api/operations", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"expected\":3", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(3, (await _app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    [Theory]
    [InlineData("""{ "kind": "delete", "type": "received", "state": "Failed", "nmae": "order.x" }""", "'nmae' is not known")]
    [InlineData("""{ "kind": "delete", "type": "received", "state": "Failed", "limit": "10" }""", "'limit' is not known")]
    [InlineData("""{ "kind": "delete", "state": "Failed" }""", "type is missing")]
    [InlineData("""{ "kind": "delete", "type": "received" }""", "Choose a state")]
    [InlineData("""{ "kind": "delete", "type": "received", "state": "Failed", "countOnly": "True" }""", "countOnly is 'True'")]
    [InlineData("""{ "kind": "delete", "type": "received", "state": "Failed", "group": "" }""", "'group' is empty")]
    [InlineData("""{ "kind": "delete", "type": "received", "state": "Failed", "key": null }""", "'key' is empty")]
    [InlineData("""[1]""", "cannot be read")]
    public async Task An_operation_is_not_started_by_half_a_request(string body, string said)
    {
        using var content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var answer = await _app.Client.PostAsync(new Uri("/cap/api/operations", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(said, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, (await _app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    private static void Check(JsonElement document, JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = reference.GetString()![2..].Split('/').Aggregate(document, (element, name) => element.GetProperty(name));
        if (schema.TryGetProperty("type", out var type))
        {
            var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()) : [type.GetString()];
            Assert.True(types.Contains(TypeOf(value)), $"{at} is {TypeOf(value)}: {value}");
        }
        if (schema.TryGetProperty("enum", out var choices))
            Assert.Contains(value.ToString(), choices.EnumerateArray().Select(c => c.ToString()));
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            Assert.True(value.GetArrayLength() > 0 || at.Contains(' ', StringComparison.Ordinal), $"{at} is empty: nothing is checked.");
            foreach (var item in value.EnumerateArray())
                Check(document, items, item, at);
        }
        if (value.ValueKind != JsonValueKind.Object)
            return;
        if (schema.TryGetProperty("required", out var required))
            Assert.Equal(required.EnumerateArray().Select(name => name.GetString()).Order(), value.EnumerateObject().Select(p => p.Name).Order());
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject().Where(p => value.TryGetProperty(p.Name, out _)))
                Check(document, property.Value, value.GetProperty(property.Name), $"{at} {property.Name}");
        }
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Named();
}
