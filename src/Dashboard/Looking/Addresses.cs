using System.Globalization;
using Cap.Messages;
using Cap.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Cap.Dashboard;

/// <summary>Addresses of pages, relative: all pages lie beside each other, so that no page needs to know where the dashboard is.</summary>
public static class Addresses
{
    /// <summary>The list of a type in a state.</summary>
    public static string List(MessageType type, StatusName? status = null) =>
        $"messages?type={Show.Address(type)}" + (status is { } state ? $"&state={state}" : "");

    /// <summary>One message.</summary>
    public static string Message(MessageType type, long id) => string.Create(CultureInfo.InvariantCulture, $"message?type={Show.Address(type)}&id={id}");

    /// <summary>The list that a query finds.</summary>
    public static string List(MessageQuery query) => "messages" + Parameters(query);

    /// <summary>A query as parameters of an address, which <see cref="QueryReader"/> reads.</summary>
    public static QueryString Parameters(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var builder = new QueryBuilder { { "type", Show.Address(query.Type) } };
        Add("state", query.Status?.ToString());
        Add("name", query.Name is { } exact ? $"={exact}" : query.NamePattern);
        Add("group", query.Group);
        Add("key", query.Key);
        Add("id", query.MessageId);
        Add("since", query.AddedFrom is { } from ? Show.Iso(from) : null);
        Add("until", query.AddedBefore is { } before ? Show.Iso(before) : null);
        Add("header", query.Header?.ToString());
        Add("text", query.Text);
        Add("error", query.Error);
        Add("order", query.IsOldestFirst ? "oldest" : null);
        Add("from", query.From?.ToString());
        return builder.ToQueryString();

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                builder.Add(name, value);
        }
    }
}
