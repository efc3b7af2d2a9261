using System.Globalization;

namespace Coordination.Protocol;

/// <summary>A text is no configuration of an ensemble.</summary>
/// <param name="line">See <see cref="Line"/>.</param>
/// <param name="message">A sentence that names line and key.</param>
public sealed class QuorumConfigurationException(int line, string message) : FormatException(message)
{
    /// <summary>The offending line, from 1; 0 if none is to blame alone.</summary>
    public int Line { get; } = line;
}

/// <summary>Makes a configuration of the lines of a properties file. Good for one text.</summary>
internal sealed class QuorumConfigurationReader
{
    private const string ServerPrefix = "server.";
    private const string GroupPrefix = "group";
    private const string WeightPrefix = "weight";
    private const string VersionKey = "version";

    private readonly SortedList<long, QuorumMember> _members = [];
    private readonly SortedList<long, (long[] Members, PropertyEntry Entry)> _groups = [];
    private readonly SortedList<long, long> _weights = [];
    private readonly Dictionary<long, long> _groupOf = [];
    private long _version;

    public static bool IsKey(string key) =>
        key.StartsWith(ServerPrefix, StringComparison.Ordinal) || key.StartsWith(GroupPrefix, StringComparison.Ordinal)
        || key.StartsWith(WeightPrefix, StringComparison.Ordinal) || key == VersionKey;

    public QuorumConfiguration Read(IEnumerable<PropertyEntry> entries)
    {
        Dictionary<string, PropertyEntry> last = [];
        foreach (PropertyEntry entry in entries)
            last[entry.Key] = entry;
        foreach (PropertyEntry entry in last.Values.OrderBy(entry => entry.Line))
            Add(entry);

        CheckGroups();
        QuorumGroup[] groups = [.. _groups.Select(group => new QuorumGroup(group.Key, [.. group.Value.Members.Order()]))];
        return new QuorumConfiguration(_members, groups, _weights, _version);
    }

    private void Add(in PropertyEntry entry)
    {
        if (entry.Key.StartsWith(ServerPrefix, StringComparison.Ordinal))
            AddMember(entry);
        else if (entry.Key.StartsWith(GroupPrefix, StringComparison.Ordinal))
            AddGroup(entry);
        else if (entry.Key.StartsWith(WeightPrefix, StringComparison.Ordinal))
            AddWeight(entry);
        else if (entry.Key == VersionKey)
            _version = ReadVersion(entry);
        else
            throw Invalid(entry, "is no key of a configuration");
    }

    private void AddMember(in PropertyEntry entry)
    {
        long id = Number(entry, entry.Key[ServerPrefix.Length..]);
        try
        {
            if (!_members.TryAdd(id, QuorumMember.Parse(id, entry.Value)))
                throw Invalid(entry, $"is the second entry for server {id}");
        }
        catch (FormatException error) when (error is not QuorumConfigurationException)
        {
            throw Invalid(entry, $"is wrong: {error.Message}");
        }
    }

    private void AddGroup(in PropertyEntry entry)
    {
        long id = Number(entry, AfterDot(entry));
        string[] parts = entry.Value.Split(':');
        var members = new long[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            members[i] = Number(entry, parts[i]);
            if (!_groupOf.TryAdd(members[i], id))
                throw Invalid(entry, $"names server {members[i]}, which is in a group already");
        }

        if (!_groups.TryAdd(id, (members, entry)))
            throw Invalid(entry, $"is the second entry for group {id}");
    }

    private void AddWeight(in PropertyEntry entry)
    {
        long id = Number(entry, AfterDot(entry));
        if (!_weights.TryAdd(id, Number(entry, entry.Value)))
            throw Invalid(entry, $"is the second entry for the weight of server {id}");
    }

    /// <summary>Every participant is in exactly one group, and nobody else; weights must be summable.</summary>
    private void CheckGroups()
    {
        if (_groups.Count == 0 && _weights.Count == 0)
            return;

        foreach (QuorumMember member in _members.Values)
        {
            if (member.IsParticipant && !_groupOf.ContainsKey(member.Id))
                throw new QuorumConfigurationException(0, $"Server {member.Id} is in no group: with weights or groups every participant must be.");
        }

        foreach ((long[] members, PropertyEntry entry) in _groups.Values)
        {
            Int128 total = 0;
            foreach (long id in members)
            {
                if (!_members.TryGetValue(id, out QuorumMember? member) || !member.IsParticipant)
                    throw Invalid(entry, $"names server {id}, which is no participant");
                total += _weights.GetValueOrDefault(id, 1);
            }

            if (total > long.MaxValue)
                throw Invalid(entry, "has members whose weights are too large to be added");
        }
    }

    private static string AfterDot(in PropertyEntry entry) => entry.Key[(entry.Key.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static long Number(in PropertyEntry entry, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Invalid(entry, $"has '{text}' where a number should be");

    private static long ReadVersion(in PropertyEntry entry) =>
        long.TryParse(entry.Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long version) && version >= 0
            ? version
            : throw Invalid(entry, $"has '{entry.Value}' where a hexadecimal number should be");

    private static QuorumConfigurationException Invalid(in PropertyEntry entry, string detail) =>
        new(entry.Line, $"Line {entry.Line}: '{entry.Key}={entry.Value}' {detail}.");
}
