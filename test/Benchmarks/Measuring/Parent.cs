using System.Threading.Channels;

namespace Cap.Benchmarks;

/// <summary>Whoever started this process: it has the servers, and this process ends with it.</summary>
internal sealed class Parent
{
    /// <summary>How a line begins that asks for something.</summary>
    public const string Ask = "ASK ";

    /// <summary>How the line begins that tells the result.</summary>
    public const string Result = "RESULT ";

    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();

    public Parent() => _ = Task.Run(ListenAsync);

    /// <summary>Returns when what was asked for is done.</summary>
    public async Task AskAsync(string what)
    {
        Console.WriteLine(Ask + what);
        await _answers.Reader.ReadAsync();
    }

    /// <summary>Standard input closes when whoever started this ends, however that ends.</summary>
    private async Task ListenAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
            _answers.Writer.TryWrite(line);
        Environment.Exit(3);
    }
}
