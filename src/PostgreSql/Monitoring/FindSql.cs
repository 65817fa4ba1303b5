using System.Globalization;
using System.Text;
using Cap.Messages;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>
/// The statements of one search. Each looks at a window of rows in the order of the search, a bounded number of them, and picks from those what
/// fits; so none can walk over all of a table, whatever is asked for.
/// </summary>
/// <remarks>
/// Unsettled messages are looked for from their narrow due rows, all others from the log. OFFSET 0 keeps the planner from pulling a window
/// apart, and from joining in another way than row by row.
/// </remarks>
internal sealed class FindSql
{
    private readonly MessageQuery _query;
    private readonly Tables _tables;
    private readonly TypeTables _type;
    private readonly IdRange _range;
    private readonly short? _lane;
    private readonly MessageFilter _filter;
    private readonly List<NpgsqlParameter> _parameters = [];
    private readonly string _window;
    private readonly string _conditions;

    /// <param name="tables">The tables.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="range">Where it can be.</param>
    /// <param name="lane">The lane of the wanted group; null for any.</param>
    /// <param name="filter">The filter of the query.</param>
    public FindSql(Tables tables, MessageQuery query, IdRange range, short? lane, MessageFilter filter)
    {
        (_tables, _type, _query, _range, _lane, _filter) = (tables, tables.Of(query.Type), query, range, lane, filter);
        _conditions = Conditions();
        _window = Window();
    }

    /// <summary>The order of failed messages is that in which they failed; that of all others is that in which they were stored.</summary>
    public bool IsOfFailed => _query.Status == StatusName.Failed;

    /// <summary>Whether a row of the window may not fit.</summary>
    public bool IsFiltered => _conditions.Length > 0;

    /// <summary>Whether the window is one of due rows.</summary>
    public bool IsFromDue => _query.IsBlocking || _query.Status is not (null or StatusName.Succeeded);

    private string Direction => _query.IsOldestFirst ? "" : " DESC";

    /// <summary>The messages of the window that fit, up to a limit.</summary>
    public NpgsqlBatchCommand Page(int window, int limit) => Command(
        IsFromDue
            ? $"""
                SELECT {Columns} FROM (SELECT d.* FROM {_window} LIMIT {window} OFFSET 0) d
                CROSS JOIN LATERAL (SELECT * FROM {_type.Log} l WHERE l."Id" = d."Id" AND l."Slot" = d."Slot" OFFSET 0) l
                WHERE true{_conditions} ORDER BY {Order("d")} LIMIT {limit}
                """
            : $"""
                SELECT {Columns} FROM (SELECT l.* FROM {_window} LIMIT {window} OFFSET 0) l
                LEFT JOIN LATERAL (SELECT * FROM {_type.Due} d WHERE d."Id" = l."Id" OFFSET 0) d ON true
                WHERE true{_conditions} ORDER BY {Order("l")} LIMIT {limit}
                """);

    /// <summary>
    /// The rows that hold up the later ones of their key, newest first. On their own in the statement, so that nothing else can tempt the planner
    /// away from the index of failed keys.
    /// </summary>
    public NpgsqlBatchCommand Blocking(int limit)
    {
        var ofKey = _query.Key is { } key ? $"""AND d."KeyHash" = {Add(Parameter.Big(MessageKey.Hash(key)))} """ : "";
        var behind = _query.From is { } from ? $"""AND d."Id" < {Add(Parameter.Big(from.Id))} """ : "";
        return Command($"""
            WITH blocking AS MATERIALIZED (
              SELECT d.* FROM {_type.Due} d
              WHERE d."KeyHash" IS NOT NULL AND d."Retries" > 0 {ofKey}AND NOT EXISTS (
                SELECT FROM {_type.Due} b
                WHERE b."Lane" = d."Lane" AND b."KeyHash" = d."KeyHash" AND b."Id" < d."Id" AND b."KeyHash" IS NOT NULL AND b."Retries" > 0)
            )
            SELECT {Columns} FROM blocking d
            CROSS JOIN LATERAL (SELECT * FROM {_type.Log} l WHERE l."Id" = d."Id" AND l."Slot" = d."Slot" OFFSET 0) l
            WHERE true {behind}{_conditions} ORDER BY d."Id" DESC LIMIT {limit}
            """);
    }

    /// <summary>The last row of a full window, to go on behind; none for one that reached the end.</summary>
    public NpgsqlBatchCommand Edge(int window) => Command(
        IsFromDue
            ? $"""
                SELECT d."Id", d."ExpiresAt", (SELECT l."Added" FROM {_type.Log} l WHERE l."Id" = d."Id" AND l."Slot" = d."Slot")
                FROM {_window} LIMIT 1 OFFSET {window - 1}
                """
            : $"""SELECT l."Id", NULL::timestamptz, l."Added" FROM {_window} LIMIT 1 OFFSET {window - 1}""");

    /// <summary>How many rows of a window have contents of so many bytes together. The size of a content is known without reading it.</summary>
    public NpgsqlBatchCommand Window(int window, long bytes)
    {
        var (row, size) = IsFromDue ? ("d", """d."Size" """) : ("l", """octet_length(l."Content")""");
        return Command($"""
            SELECT count(*) FROM (
              SELECT sum({size}) OVER (ORDER BY {Order(row)} ROWS UNBOUNDED PRECEDING) AS "Bytes" FROM (SELECT {row}.* FROM {_window} LIMIT {window}) {row}) w
            WHERE w."Bytes" <= {bytes.ToString(CultureInfo.InvariantCulture)}
            """);
    }

    private NpgsqlBatchCommand Command(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        // A parameter belongs to one command.
        foreach (var parameter in _parameters)
            command.Parameters.Add(parameter.Clone());
        return command;
    }

    private string Order(string row) => IsOfFailed ? $"""{row}."ExpiresAt"{Direction}, {row}."Id"{Direction}""" : $"""{row}."Id"{Direction}""";

    private string Window()
    {
        var row = IsFromDue ? "d" : "l";
        var where = new StringBuilder(IsOfFailed ? """d."ExpiresAt" IS NOT NULL""" : "true");
        if (_query.Id is { } id)
            where.Append(CultureInfo.InvariantCulture, $""" AND {row}."Id" = {Add(Parameter.Big(id))}""");
        if (_range.From is { } first)
            where.Append(CultureInfo.InvariantCulture, $""" AND {row}."Id" >= {Add(Parameter.Big(first))}""");
        if (_range.To is { } last)
            where.Append(CultureInfo.InvariantCulture, $""" AND {row}."Id" <= {Add(Parameter.Big(last))}""");
        if (_query.From is { } key)
        {
            var sign = _query.IsOldestFirst ? ">" : "<";
            where.Append(
                IsOfFailed && key.ExpiresAt is { } time
                    ? $""" AND (d."ExpiresAt", d."Id") {sign} ({Add(Parameter.Time(time))}, {Add(Parameter.Big(key.Id))})"""
                    : $""" AND {row}."Id" {sign} {Add(Parameter.Big(key.Id))}""");
        }
        return $"{(IsFromDue ? _type.Due : _type.Log)} {row} WHERE {where} ORDER BY {Order(row)}";
    }

    private string Conditions()
    {
        var where = new StringBuilder(_query.Status switch
        {
            StatusName.Succeeded => """ AND d."Id" IS NULL""",
            // Where the window is not that of failed rows already.
            StatusName.Failed when _query.IsBlocking => """ AND d."DueAt" IS NULL""",
            StatusName.Delayed => """ AND d."Retries" = 0 AND d."DueAt" > clock_timestamp()""",
            StatusName.Scheduled => """ AND d."DueAt" IS NOT NULL AND NOT (d."Retries" = 0 AND d."DueAt" > clock_timestamp())""",
            _ => "",
        });
        And("""l."Name" = """, Parameter.Text(_query.Name));
        And("""strpos(lower(l."Name"), lower(""", Parameter.Text(_filter.NamePart), ")) > 0");
        And("""l."Name" ~ """, Parameter.Text(_filter.NameRegex));
        And("""l."Lane" = """, Parameter.Of(_lane, NpgsqlDbType.Smallint));
        And("""l."Key" = """, Parameter.Text(_query.IsBlocking ? null : _query.Key));
        And("""l."MessageId" = """, Parameter.Text(_query.MessageId));
        And("""l."Added" >= """, Parameter.Time(_query.AddedFrom));
        And("""l."Added" < """, Parameter.Time(_query.AddedBefore));
        And($"""EXISTS (SELECT FROM {_tables.Attempt} a WHERE a."Type" = {_type.Number} AND a."Id" = d."Id" AND strpos(lower(a."Error"), lower(""",
            Parameter.Text(_query.Error), ")) > 0)");
        AndContains(_filter.TextForms);
        AndContains(_filter.HeaderForms);
        return where.ToString();

        void And(string before, NpgsqlParameter value, string after = "")
        {
            if (value.Value is not DBNull)
                where.Append(CultureInfo.InvariantCulture, $" AND {before}{Add(value)}{after}");
        }

        void AndContains(IReadOnlyList<byte[]> forms)
        {
            if (forms.Count > 0)
                where.Append(CultureInfo.InvariantCulture, $""" AND ({string.Join(" OR ", forms.Select(f => $"position({Add(Parameter.Of(f, NpgsqlDbType.Bytea))} IN l.\"Content\") > 0"))})""");
        }
    }

    private string Add(NpgsqlParameter parameter)
    {
        _parameters.Add(parameter);
        return $"${_parameters.Count}";
    }

    private string Columns => $"""
        l."Id", l."MessageId", (SELECT n."Name" FROM {_tables.Lane} n WHERE n."Id" = l."Lane"), l."Name", l."Key",
          {(_query.IsWithContent || _filter.NeedsContent ? """l."Content" """ : "''::bytea")}, octet_length(l."Content"),
          {StatusColumns.Retries(_tables, _type)}, l."Added", NULLIF(d."DueAt", '-infinity'), {StatusColumns.ExpiresAt(_tables)}, {StatusColumns.StatusName},
          CASE WHEN d."Retries" > 0 THEN (
            SELECT left(split_part(a."Error", E'\n', 1), {StoredMessage.MostOfError}) FROM {_tables.Attempt} a
            WHERE a."Type" = {_type.Number} AND a."Id" = d."Id" ORDER BY a."Number" DESC LIMIT 1) END
        """;
}
