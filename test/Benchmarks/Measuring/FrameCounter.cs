using System.Net.Sockets;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>Counts the AMQP frames of all connections of the process, heartbeats left out.</summary>
internal static class FrameCounter
{
    private static long _out;
    private static long _in;

    public static long Out => Interlocked.Read(ref _out);

    public static long In => Interlocked.Read(ref _in);

    /// <summary>Makes sockets that count.</summary>
    public static ITcpClient SocketFactory(AddressFamily family) => new CountingSocket(ConnectionFactoryBase.DefaultSocketFactory(family).Client!);

    private sealed class CountingSocket(Socket socket) : TcpClientAdapter(socket)
    {
        public override NetworkStream GetStream() => new CountingStream(Client!);
    }

    private sealed class CountingStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
    {
        // What a client says first is not a frame.
        private readonly FrameParser _sent = new(skip: "AMQP0091".Length);
        private readonly FrameParser _received = new(skip: 0);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref _in, _received.Feed(buffer.Span[..count]));
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Interlocked.Add(ref _out, _sent.Feed(buffer.Span));
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
