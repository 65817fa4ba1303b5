namespace Cap.Servers;

internal static class MissingServer
{
    public const string Message = $"""
        This test needs PostgreSQL and RabbitMQ. Do one of these:
          - On Debian or Ubuntu, install the programs; each test run then starts private servers of its own:
              apt-get install -y --no-install-recommends postgresql rabbitmq-server
          - Elsewhere, start both in containers and say where they are:
              docker compose -f build/compose.yaml up -d
              export {TestServers.PostgresVariable}='Host=127.0.0.1;Port=5432;Username=postgres;Password=postgres;Database=postgres'
              export {TestServers.RabbitVariable}='amqp://guest:guest@127.0.0.1:5672'
        """;
}
