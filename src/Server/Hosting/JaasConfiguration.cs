using System.Text;

namespace Coordination.Server.Hosting;

/// <summary>
/// Reads the section <c>Server</c> of a JAAS file: <c>Name { module flag key="value" ...; };</c>. Messages never quote what stands in the
/// file but names of sections, modules and keys: the values are passwords.
/// </summary>
internal static class JaasConfiguration
{
    private const string Section = "Server";
    private const string DigestModule = "org.apache.zookeeper.server.auth.DigestLoginModule";
    private const string UserPrefix = "user_";
    private const int MaxLength = 1 << 20;
    private const int MaxShown = 80;

    /// <summary>Passwords by user; none if there is no such section, as with Apache.</summary>
    /// <exception cref="ServerConfigurationException">The file cannot be read, is no JAAS file, or wants what is not built.</exception>
    public static Dictionary<string, string> Users(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxLength)
                throw new ServerConfigurationException($"The JAAS file '{file}' is longer than {MaxLength} bytes");
            return Parse(File.ReadAllText(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ServerConfigurationException($"The JAAS file '{file}' (java.security.auth.login.config) cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="ServerConfigurationException">It is no JAAS file, or wants what is not built.</exception>
    public static Dictionary<string, string> Parse(string text, string file)
    {
        Dictionary<string, string> users = new(StringComparer.Ordinal);
        var words = new Words(text, file);
        while (words.Next() is { } section)
        {
            words.Expect("{");
            while (words.Need() is { } module && module != "}")
                ReadModule(words, section == Section ? users : null, module, file);
            words.Expect(";");
        }

        return users;
    }

    private static void ReadModule(Words words, Dictionary<string, string>? users, string module, string file)
    {
        if (users is not null && module != DigestModule)
        {
            string shown = module.Length <= MaxShown ? module : module[..MaxShown];
            throw new ServerConfigurationException(
                $"{file}:{words.Line}: the section {Section} wants {shown}, which is not built; there is {DigestModule}");
        }

        words.Need();
        while (words.Need() is { } key && key != ";")
        {
            words.Expect("=");
            string value = words.Need();
            if (users is null || !key.StartsWith(UserPrefix, StringComparison.Ordinal))
                continue;

            string user = key[UserPrefix.Length..];
            if (user.Length == 0 || user.Contains('@', StringComparison.Ordinal))
                throw new ServerConfigurationException($"{file}:{words.Line}: the name of a user is empty or has an '@'");
            users[user] = value;
        }
    }

    /// <summary>The words of a text: signs, quoted texts, and what is neither; comments are those of Java and of shells.</summary>
    private sealed class Words(string text, string file)
    {
        private const string Signs = "{};=";

        private int _at;

        public int Line { get; private set; } = 1;

        public void Expect(string sign)
        {
            if (Need() != sign)
                throw Malformed($"'{sign}' is missing");
        }

        public string Need() => Next() ?? throw Malformed("the file ends too early");

        /// <summary>The next word; null at the end.</summary>
        public string? Next()
        {
            SkipSpace();
            if (_at == text.Length)
                return null;
            if (text[_at] == '"')
                return Quoted();
            int start = _at++;
            if (Signs.Contains(text[start], StringComparison.Ordinal))
                return text[start.._at];
            while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] != '"' && !Signs.Contains(text[_at], StringComparison.Ordinal))
                _at++;
            return text[start.._at];
        }

        private string Quoted()
        {
            var word = new StringBuilder();
            for (_at++; _at < text.Length && text[_at] != '\n'; _at++)
            {
                if (text[_at] == '"')
                {
                    _at++;
                    return word.ToString();
                }

                if (text[_at] == '\\' && _at + 1 < text.Length)
                    _at++;
                word.Append(text[_at]);
            }

            throw Malformed("a quoted text does not end");
        }

        private void SkipSpace()
        {
            while (_at < text.Length)
            {
                ReadOnlySpan<char> rest = text.AsSpan(_at);
                if (rest[0] == '#' || rest.StartsWith("//"))
                    Skip(rest.IndexOf('\n'));
                else if (rest.StartsWith("/*"))
                    Skip(rest[2..].IndexOf("*/") is var end && end >= 0 ? end + 4 : throw Malformed("a comment does not end"));
                else if (char.IsWhiteSpace(rest[0]))
                    Skip(1);
                else
                    return;
            }
        }

        /// <summary>Goes on by some characters; a negative number stands for all.</summary>
        private void Skip(int count)
        {
            int end = count < 0 ? text.Length : _at + count;
            Line += text.AsSpan(_at, end - _at).Count('\n');
            _at = end;
        }

        private ServerConfigurationException Malformed(string what) => new($"{file}:{Line}: this is no JAAS file: {what}");
    }
}
