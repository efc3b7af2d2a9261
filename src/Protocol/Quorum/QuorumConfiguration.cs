using System.Globalization;
using System.Text;

namespace Coordination.Protocol;

/// <summary>A line <c>group.N</c>: participants whose weights are counted together.</summary>
/// <param name="Id">N.</param>
/// <param name="Members">Numbers of participants, ascending.</param>
public sealed record QuorumGroup(long Id, IReadOnlyList<long> Members);

/// <summary>
/// Who belongs to an ensemble, under one version. Immutable. Its text stands in <c>zoo.cfg.dynamic</c>, in <c>/zookeeper/config</c>, in
/// notifications and in <see cref="QuorumPacketType.NewLeader"/>. How a quorum is counted the server decides.
/// </summary>
public sealed class QuorumConfiguration
{
    private readonly SortedList<long, QuorumMember> _members;
    private readonly SortedList<long, long> _weights;
    private readonly QuorumGroup[] _groups;

    /// <summary>Makes a configuration in which the majority of participants decides.</summary>
    /// <param name="members">Its members, each number once.</param>
    /// <param name="version">The zxid of the transaction that made it; 0 for one that was never established.</param>
    public QuorumConfiguration(IEnumerable<QuorumMember> members, long version)
        : this(new(members.ToDictionary(member => member.Id)), [], [], version)
    {
    }

    internal QuorumConfiguration(
        SortedList<long, QuorumMember> members, QuorumGroup[] groups, SortedList<long, long> weights, long version)
    {
        _members = members;
        Members = [.. members.Values];
        _groups = groups;
        _weights = weights;
        Version = version;
    }

    /// <summary>The zxid of the transaction that made it; 0 for one that was never established.</summary>
    public long Version { get; }

    /// <summary>All members, by ascending number.</summary>
    public IReadOnlyList<QuorumMember> Members { get; }

    /// <summary>The groups, by ascending number; none where the majority decides.</summary>
    public IReadOnlyList<QuorumGroup> Groups => _groups;

    /// <summary>Whether groups decide.</summary>
    public bool IsHierarchical => _groups.Length > 0;

    /// <summary>Whether a key belongs to a configuration: <c>server.</c>, <c>group</c>, <c>weight</c>, <c>version</c>.</summary>
    /// <param name="key">The key of a properties file.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsKey(string key) => QuorumConfigurationReader.IsKey(key);

    /// <summary>Reads the text of a file, a znode, a notification or a packet.</summary>
    /// <param name="text">Java's properties syntax.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="QuorumConfigurationException">The text is none; the line is named.</exception>
    public static QuorumConfiguration Parse(string text) => Parse(JavaProperties.Parse(text));

    /// <summary>Reads the lines of a properties file that <see cref="IsKey"/>.</summary>
    /// <param name="entries">The lines; of two with one key the last counts.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="QuorumConfigurationException">They are none; the line is named.</exception>
    public static QuorumConfiguration Parse(IEnumerable<PropertyEntry> entries) => new QuorumConfigurationReader().Read(entries);

    /// <summary>Looks a member up.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>The member, or null.</returns>
    public QuorumMember? Find(long id) => _members.GetValueOrDefault(id);

    /// <summary>Whether a member votes.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>False also for a stranger.</returns>
    public bool IsParticipant(long id) => Find(id) is { IsParticipant: true };

    /// <summary>What a participant's acknowledgement weighs: 1 unless a line says otherwise.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>The weight; 0 for whoever does not vote. A participant of weight 0 never wins an election.</returns>
    public long WeightOf(long id) => !IsParticipant(id) ? 0 : _weights.GetValueOrDefault(id, 1);

    /// <summary>The same under another version.</summary>
    /// <param name="version">The version.</param>
    /// <returns>A configuration with the same members.</returns>
    public QuorumConfiguration WithVersion(long version) => new(_members, _groups, _weights, version);

    /// <summary>Whether another says the same, its version apart. Apache starts its election anew where it does not.</summary>
    /// <param name="other">The other.</param>
    /// <returns>Whether members, groups and weights are equal.</returns>
    public bool HasSameMembers(QuorumConfiguration other) =>
        Members.SequenceEqual(other.Members)
        && _groups.Length == other._groups.Length
        && _groups.Zip(other._groups).All(pair => pair.First.Id == pair.Second.Id && pair.First.Members.SequenceEqual(pair.Second.Members))
        && (!IsHierarchical || Members.All(member => WeightOf(member.Id) == other.WeightOf(member.Id)));

    /// <summary>The form of wire and znode: a line for each member, group and weight, and the version behind them without a line end.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (string line in Lines())
            text.Append(line).Append('\n');
        return text.Append(VersionLine()).ToString();
    }

    /// <summary>The form of Apache's files: the lines sorted as text, without a line end behind the last.</summary>
    /// <param name="withVersion">
    /// Whether the version stands in it, as in <c>zoo.cfg.dynamic.next</c>; where it does not, it stands in the file's name.
    /// </param>
    /// <returns>The text.</returns>
    public string ToFileText(bool withVersion)
    {
        IEnumerable<string> lines = withVersion ? Lines().Append(VersionLine()) : Lines();
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private string VersionLine() => string.Create(CultureInfo.InvariantCulture, $"version={Version:x}");

    private IEnumerable<string> Lines()
    {
        foreach (QuorumMember member in Members)
            yield return string.Create(CultureInfo.InvariantCulture, $"server.{member.Id}={member}");
        foreach (QuorumGroup group in _groups)
            yield return string.Create(CultureInfo.InvariantCulture, $"group.{group.Id}={string.Join(':', group.Members)}");
        if (!IsHierarchical)
            yield break;

        // Apache writes a weight for every participant, also where it was given none.
        foreach (QuorumMember member in Members.Where(member => member.IsParticipant))
            yield return string.Create(CultureInfo.InvariantCulture, $"weight.{member.Id}={WeightOf(member.Id)}");
    }
}
