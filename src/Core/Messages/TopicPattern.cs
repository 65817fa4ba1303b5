namespace Cap.Messages;

/// <summary>
/// A message name in which <c>*</c> stands for exactly one word and <c>#</c> for any number of words, none among them. Words are
/// separated by dots and may be empty; the empty name has no word at all. Matches what a RabbitMQ topic exchange matches.
/// </summary>
internal sealed class TopicPattern
{
    private const string OneWord = "*";
    private const string AnyWords = "#";

    private readonly string[] _words;

    private TopicPattern(string text)
    {
        Text = text;
        _words = WordsOf(text);
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>It has no wildcard: it matches its own text only.</summary>
    public bool IsLiteral => !_words.Any(static word => word is OneWord or AnyWords);

    /// <summary>Every text is a pattern.</summary>
    public static TopicPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text);
    }

    /// <summary>The words of a name, for asking several patterns about the same name.</summary>
    public static string[] WordsOf(string name) => name.Length == 0 ? [] : name.Split('.');

    /// <summary>Whether the pattern matches a name.</summary>
    public bool IsMatch(string name) => IsMatch(WordsOf(name));

    /// <summary>Whether the pattern matches the name with these words.</summary>
    public bool IsMatch(ReadOnlySpan<string> name)
    {
        // On a mismatch only the latest # can help, by taking one word more: what an earlier one could take, it can take too.
        var (word, part) = (0, 0);
        var (lastAny, taken) = (-1, 0);
        while (word < name.Length)
        {
            if (part < _words.Length && _words[part] == AnyWords)
            {
                (lastAny, taken) = (part, word);
                part++;
            }
            else if (part < _words.Length && (_words[part] == OneWord || _words[part] == name[word]))
            {
                part++;
                word++;
            }
            else if (lastAny >= 0)
            {
                part = lastAny + 1;
                word = ++taken;
            }
            else
            {
                return false;
            }
        }
        while (part < _words.Length && _words[part] == AnyWords)
            part++;
        return part == _words.Length;
    }

    /// <summary>Whether a name exists that both patterns match.</summary>
    public static bool Overlaps(TopicPattern a, TopicPattern b)
    {
        // found[i, j]: which common names the patterns have after i words of the one and j of the other are used up. Walked
        // forwards; the last cell answers. A name of one empty word cannot be written (the empty name has no words), so a path
        // that stands for nothing else is told apart.
        var found = new Common[a._words.Length + 1, b._words.Length + 1];
        found[0, 0] = Common.Nothing;
        for (var i = 0; i <= a._words.Length; i++)
        {
            for (var j = 0; j <= b._words.Length; j++)
            {
                if (found[i, j] == Common.None)
                    continue;
                var (left, right) = (WordAt(a, i), WordAt(b, j));
                if (left == AnyWords && right == AnyWords)
                    found[i, j] |= Common.Name;
                var here = found[i, j];
                if (left == AnyWords)
                {
                    found[i + 1, j] |= here;
                    if (right is not null)
                        found[i, j + 1] |= right == AnyWords ? here : After(here, right);
                }
                if (right == AnyWords)
                {
                    found[i, j + 1] |= here;
                    if (left is not null)
                        found[i + 1, j] |= left == AnyWords ? here : After(here, left);
                }
                if (left is null or AnyWords || right is null or AnyWords)
                    continue;
                if (left == right || left == OneWord || right == OneWord)
                    found[i + 1, j + 1] |= After(here, left == OneWord ? right : left);
            }
        }
        return (found[a._words.Length, b._words.Length] & (Common.Nothing | Common.Name)) != 0;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string? WordAt(TopicPattern pattern, int index) => index < pattern._words.Length ? pattern._words[index] : null;

    private static Common After(Common before, string word)
    {
        var after = Common.None;
        if ((before & Common.Nothing) != 0)
            after |= word.Length == 0 ? Common.EmptyWord : Common.Name;
        if ((before & (Common.EmptyWord | Common.Name)) != 0)
            after |= Common.Name;
        return after;
    }

    [Flags]
    private enum Common
    {
        None = 0,

        /// <summary>No word so far.</summary>
        Nothing = 1,

        /// <summary>One word so far, and it must be the empty one.</summary>
        EmptyWord = 2,

        /// <summary>Words that make a name.</summary>
        Name = 4,
    }
}
