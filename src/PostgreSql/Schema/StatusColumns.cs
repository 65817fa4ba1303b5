namespace Cap.PostgreSql;

/// <summary>What a row's state is, told from its log row <c>l</c> and its due row <c>d</c>, if it has one.</summary>
internal static class StatusColumns
{
    public const string StatusName = """
        CASE WHEN d."Id" IS NULL THEN 'Succeeded' WHEN d."DueAt" IS NULL THEN 'Failed'
              WHEN d."Retries" = 0 AND d."DueAt" > clock_timestamp() THEN 'Delayed' ELSE 'Scheduled' END
        """;

    /// <summary>A settled row has no count any more, but its attempts do.</summary>
    public static string Retries(Tables tables, TypeTables type) =>
        $"""COALESCE(d."Retries", (SELECT max(a."Number") FROM {tables.Attempt} a WHERE a."Type" = {type.Number} AND a."Id" = l."Id"), 0)""";

    public static string ExpiresAt(Tables tables) => $"""
        CASE WHEN d."Id" IS NOT NULL THEN d."ExpiresAt" ELSE l."Added" + interval '1 microsecond' *
              (SELECT s."Value"::bigint FROM {tables.Setting} s WHERE s."Name" = '{SchemaScript.KeepTimeSetting}') END
        """;
}
