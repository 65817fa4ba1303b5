using Cap.Conformance;
using Cap.Messages;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Cap.Sqlite.Tests;

public sealed class TroubleTests(ITestOutputHelper output)
{
    private const int Messages = 500;

    /// <summary>Each loop waits for the busy time-out and then pauses longer and longer; a hot loop would fail thousands of times.</summary>
    private const int TriesPerSecond = 20;

    /// <summary>A backup, say, or somebody's shell. Publishing fails like every other write; what is under way waits.</summary>
    [Fact]
    public async Task Locked_by_another_program_for_longer_than_the_busy_time_out_it_costs_nothing_but_time()
    {
        await using var file = new TestFile();
        var (script, calls, held) = (new Script(), new CallCounter(), TimeSpan.FromSeconds(6));
        await using var node = new TestNode(
            cap =>
            {
                cap.UseSqlite(sqlite => (sqlite.ConnectionString, sqlite.BusyTimeout) = (file.ConnectionString, TimeSpan.FromMilliseconds(200)));
                cap.UseInProcessTransport();
                // A spent try would show as a give-up.
                cap.FailedRetryCount = 1;
            },
            builder =>
            {
                builder.Services.AddSingleton(script).AddTransient<ScriptedHandlers>();
                CallCounter.Decorate(builder.Services, calls);
            }
        );
        await node.StartAsync(default);
        await node.Publisher.PublishAsync(Enumerable.Range(0, Messages).Select(i => new OutgoingMessage("plain", $"{i}")));
        await script.EndedAsync("one", 20);

        // Longer than from one heartbeat to the next: that one fails even when all else is done.
        using (var other = file.Connect())
        {
            await Eventually.BecomesTrueAsync(() => SQLitePCL.raw.sqlite3_exec(other.Handle, "BEGIN IMMEDIATE") == SQLitePCL.raw.SQLITE_OK);
            var before = calls.Failed;
            await Task.Delay(held);
            var failed = calls.Failed - before;
            await Assert.ThrowsAsync<SqliteException>(() => node.Publisher.PublishAsync("plain", "not stored"));
            output.WriteLine($"{failed} calls of the storage failed within {held}, after {script.Ended.Count} of {Messages * 2} handlers");
            Assert.InRange(failed, 1, TriesPerSecond * (int)held.TotalSeconds);
            other.Execute("ROLLBACK");
        }

        await script.EndedAsync("one", Messages);
        await script.EndedAsync("two", Messages);
        await node.SettledAsync();
        Assert.Equal(Messages * 2, script.Begun.Count);
        var received = await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Limit = Messages * 4 }, default);
        Assert.Equal(Messages * 2, received.Count);
        Assert.All(received, row => Assert.Equal(0, row.Retries));
    }
}
