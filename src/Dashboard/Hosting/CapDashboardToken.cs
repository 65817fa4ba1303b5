namespace Cap;

/// <summary>A token for scripts that use the dashboard's API.</summary>
/// <param name="Name">Whom the audit log names.</param>
/// <param name="Token">The secret, at least 32 characters.</param>
/// <param name="MayOperate">Whether it may retry, cancel, delete, pause, and send edited messages. Default: false, it may look.</param>
public sealed record CapDashboardToken(string Name, string Token, bool MayOperate = false)
{
    internal const int LeastLength = 32;

    /// <summary>Without the secret, which must not get into a log.</summary>
    public override string ToString() => $"{Name} ({(MayOperate ? "may operate" : "may look")})";
}
