using System.Net;
using System.Net.Sockets;

namespace Cap.Servers;

internal static class LoopbackPort
{
    // Linux gives outgoing connections ports from 32768 on; one of those could be taken between our look and the server's bind.
    private const int First = 21_000;
    private const int Count = 11_000;

    // Processes start at a random place and never hand out the same port twice in a row.
    private static int _next = Random.Shared.Next(Count);

    public static int Free()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"No port between {First} and {First + Count - 1} is free on 127.0.0.1.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
