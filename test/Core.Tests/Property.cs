using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Cap.Core.Tests;

/// <summary>
/// Runs a property on many random inputs. They are the same in every run, unless CAP_TEST_SEED is set to another number; a failure names
/// its seed.
/// </summary>
internal static class Property
{
    private const ulong DefaultSeed = 20_261_121;

    public static void Holds<T>(Gen<T> input, Action<T> property, int count = 500) => Check(Arb.From(input), 100, count, property, v => $"{v}");

    /// <summary>For histories: also looks for the shortest that breaks the property.</summary>
    /// <param name="step">What may happen.</param>
    /// <param name="steps">How long the longest history is.</param>
    /// <param name="property">Throws when it does not hold.</param>
    /// <param name="count">How many histories.</param>
    public static void Holds<TStep>(Gen<TStep> step, int steps, Action<TStep[]> property, int count = 300) =>
        Check(Arb.From(Gen.ArrayOf(step), Shorter), steps, count, property, history => string.Join('\n', history));

    private static void Check<T>(Arbitrary<T> input, int size, int count, Action<T> property, Func<T, string> write)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("CAP_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : DefaultSeed;
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithStartSize(5).WithEndSize(size).WithQuietOnSuccess(true).WithReplay(seed, 1);
        // Everything here runs on this thread: what a history awaits must go on inside the step that ends the wait.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Prop.ForAll(input, Named).Check(config);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        void Named(T value)
        {
            try
            {
                property(value);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\nCAP_TEST_SEED={seed}, with:\n{write(value)}", e);
            }
        }
    }

    /// <summary>Without a half, a quarter, … a single step.</summary>
    private static IEnumerable<TStep[]> Shorter<TStep>(TStep[] history)
    {
        for (var length = (history.Length + 1) / 2; length > 0; length = length == 1 ? 0 : (length + 1) / 2)
        {
            for (var from = 0; from < history.Length; from += length)
                yield return [.. history[..from], .. history[Math.Min(from + length, history.Length)..]];
        }
    }
}
