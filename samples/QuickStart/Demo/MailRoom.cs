using Cap;

namespace QuickStart.Demo;

/// <summary>Sends mails. Some addresses are none, and no repetition makes them one.</summary>
public sealed class MailRoom : ICapSubscribe
{
    [CapSubscribe("mail.#", Group = "mail")]
    public void Send(Mail mail)
    {
        if (mail.To.EndsWith('@'))
            throw new FormatException($"'{mail.To}' is no address.");
    }
}
