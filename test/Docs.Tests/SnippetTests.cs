using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cap.Docs.Tests;

/// <summary>Every C# snippet of the README and the docs compiles against the libraries as they are.</summary>
public class SnippetTests
{
    /// <summary>What the templates of a web application import, and what a user adds for Cap.</summary>
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.Data; global using System.Data.Common;
        global using System.Linq; global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Http; global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;
        global using Cap; global using Cap.Messages; global using Dapper; global using Npgsql;
        """;

    private static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => path.EndsWith(".dll", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string> Snippets() => new(Snippet.FindAll().Select(s => s.Name));

    [Theory]
    [MemberData(nameof(Snippets))]
    public void It_compiles(string name)
    {
        var snippet = Snippet.FindAll().Single(s => s.Name == name);
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);
        var tree = CSharpSyntaxTree.ParseText(snippet.Given + snippet.Code, options);
        var hasStatements = tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(Usings, options), tree],
            References,
            new CSharpCompilationOptions(
                hasStatements ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        var errors = compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error);
        Assert.True(!errors.Any(), $"{name}:{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");
    }

    [Fact]
    public void A_snippet_that_is_wrong_would_be_found()
    {
        var tree = CSharpSyntaxTree.ParseText("ICapPublisher p = null!; p.Pubish(\"x\", 1);");
        var compilation = CSharpCompilation.Create("Wrong", [CSharpSyntaxTree.ParseText(Usings), tree], References);
        Assert.Contains(compilation.GetDiagnostics(), d => d.Id == "CS1061");
    }
}
