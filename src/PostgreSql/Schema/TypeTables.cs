using Cap.Messages;

namespace Cap.PostgreSql;

/// <summary>Names and numbers of the outbox, or of the inbox.</summary>
internal sealed class TypeTables(Tables tables, MessageType type, string name)
{
    public MessageType Type { get; } = type;

    /// <summary>How the type is written in the columns "Type".</summary>
    public short Number { get; } = (short)(type == MessageType.Publish ? 0 : 1);

    public string Name { get; } = name;

    public string View { get; } = tables.Quote(name);

    public string Log { get; } = tables.Quote($"{name}_log");

    public string KeptLog { get; } = tables.Quote($"{name}_log_kept");

    public string Due { get; } = tables.Quote($"{name}_due");

    /// <summary>Where row ids come from.</summary>
    public string Sequence { get; } = tables.Quote($"{name}_id");

    /// <summary>The slot that new rows of the log go to, as a scalar expression.</summary>
    public string OpenSlot =>
        $"""(SELECT s."Slot" FROM {tables.LogSlot} s WHERE s."Type" = {Number} AND s."OpenedAt" IS NOT NULL AND s."ClosedAt" IS NULL)""";

    /// <summary>The next row id, as a scalar expression.</summary>
    public string NextId => $"nextval('{Sequence}')";

    public string LogOf(int slot) => tables.Quote($"{Name}_log_{slot}");

    public string Index(string suffix) => tables.QuoteLocal($"{Name}_{suffix}");
}
