using System.Net.Sockets;
using RabbitMQ.Client;

namespace Cap.RabbitMQ;

/// <summary>
/// The client's own socket, on whose stream a silent broker is noticed by the reader after two heartbeats. Left to the timer of
/// RabbitMQ.Client 7.1.2, which comes after three, reader and timer end the connection at once, and when they meet, an exception on the
/// timer's thread ends the process: see docs/decisions/0013.
/// </summary>
internal sealed class HeartbeatSocket(Socket socket, TimeProvider time) : TcpClientAdapter(socket)
{
    /// <summary>Makes the sockets of a factory; one the application brought along stays.</summary>
    public static Func<AddressFamily, ITcpClient> Factory(TimeProvider time) =>
        family => new HeartbeatSocket(ConnectionFactoryBase.DefaultSocketFactory(family).Client!, time);

    /// <inheritdoc/>
    public override NetworkStream GetStream() => new HeartbeatStream(Client!, time);
}
