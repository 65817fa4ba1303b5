using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite;

/// <summary>The application chooses the native SQLite library; this says when it has not.</summary>
internal static class NativeLibrary
{
    // RETURNING came with 3.35.
    private const int OldestVersion = 3_035_000;

    /// <summary>What is wrong; null if the library works.</summary>
    public static string? Check() =>
        Check(static () =>
        {
            // Initialises the bundle, if the application references one.
            RuntimeHelpers.RunClassConstructor(typeof(SqliteConnection).TypeHandle);
            return (raw.sqlite3_libversion_number(), raw.sqlite3_libversion().utf8_to_string());
        });

    /// <summary>What is wrong with the library that answers like this.</summary>
    public static string? Check(Func<(int Number, string Text)> version)
    {
        try
        {
            var (number, text) = version();
            return number < OldestVersion ? $"The native SQLite library is {text}. Reference a bundle with 3.35 or later." : null;
        }
        catch (Exception e)
        {
            return $"No native SQLite library is loaded ({e.GetBaseException().Message}) Add a reference to the package "
                + "SQLitePCLRaw.bundle_e_sqlite3 to the application, or call SQLitePCL.raw.SetProvider before AddCap.";
        }
    }
}
