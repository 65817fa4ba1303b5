using System.Reflection;
using Cap.Conformance;

namespace Cap.Dashboard.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_committed_one() => PublicApi.Verify(Assembly.Load("Cap.Dashboard"));
}
