namespace Coordination.Protocol;

/// <summary>
/// Finds the end of the snapshot that follows <see cref="QuorumPacketType.Snapshot"/> raw, without a length, in bytes that arrive piecemeal.
/// It keeps nothing of them: the learner writes the body into a file between header and first seal, and loads it from there once it is
/// complete and signed. So a snapshot of any size takes no memory, and half a one never reaches the tree.
/// </summary>
public sealed class SnapshotStreamScanner
{
    private const int SessionSize = 12;
    private const int AclIdSize = 8;
    private const int PermissionsSize = 4;

    // Behind the data: number of the access list, stat.
    private const int ZnodeTail = 8 + 60;

    private readonly int _maxLength;
    private Part _part;
    private long _skip;
    private int _number;
    private int _digits;
    private int _lists;
    private int _entries;
    private int _signed;
    private long _scanned;

    /// <summary>Begins behind the packet.</summary>
    /// <param name="maxLength">The longest path or data accepted, in bytes.</param>
    public SnapshotStreamScanner(int maxLength = QuorumPacket.DefaultMaxData) => _maxLength = maxLength;

    private enum Part
    {
        SessionCount,
        ListCount,
        EntryCount,
        Scheme,
        Id,
        Path,
        PathByte,
        Data,
        SignatureLength,
        Signature,
        Complete,
    }

    /// <summary>Whether the signature has arrived: the next byte is that of a packet.</summary>
    public bool IsComplete => _part == Part.Complete;

    /// <summary>Znodes whose path has arrived.</summary>
    public long ZnodeCount { get; private set; }

    private static ReadOnlySpan<byte> Signature => "BenWasHere"u8;

    /// <summary>Writes what follows the body; the body is that of a snapshot file up to and including the path <c>/</c> at its end.</summary>
    /// <param name="writer">Appended to.</param>
    public static void WriteSignature(ref JuteWriter writer) => writer.WriteBuffer(Signature);

    /// <summary>Passes over what has arrived.</summary>
    /// <param name="bytes">What follows the bytes passed over before.</param>
    /// <param name="body">How many of them belong to the body; they come first.</param>
    /// <returns>How many belong to the stream: all of them, unless it <see cref="IsComplete"/>.</returns>
    /// <exception cref="JuteFormatException">The bytes are no snapshot; the link is of no use any more.</exception>
    public int Scan(ReadOnlySpan<byte> bytes, out int body)
    {
        int position = 0;
        body = 0;
        while (position < bytes.Length && _part != Part.Complete)
        {
            bool inBody = _part < Part.SignatureLength;
            int count = _skip > 0 ? (int)Math.Min(_skip, bytes.Length - position) : 1;
            if (_skip > 0)
                _skip -= count;
            else
                Take(bytes[position]);

            position += count;
            _scanned += count;
            if (inBody)
                body = position;
        }

        return position;
    }

    private void Take(byte value)
    {
        switch (_part)
        {
            case Part.PathByte:
                TakePath(value);
                break;
            case Part.Signature:
                TakeSignature(value);
                break;
            default:
                _number = (_number << 8) | value;
                _digits++;
                if (_digits == sizeof(int))
                    TakeNumber();
                break;
        }
    }

    private void TakeNumber()
    {
        int number = _number;
        _number = 0;
        _digits = 0;
        switch (_part)
        {
            case Part.SessionCount:
                Skip(number >= 0 ? (long)number * SessionSize : throw Invalid(JuteError.InvalidValue, $"{number} sessions"), Part.ListCount);
                break;
            case Part.ListCount:
                _lists = number;
                NextList();
                break;
            case Part.EntryCount:
                _entries = number;
                NextEntry();
                break;
            case Part.Scheme:
                Skip(Length(number), Part.Id);
                break;
            case Part.Id:
                _skip = Length(number);
                NextEntry();
                break;
            case Part.Path:
                BeginPath(number);
                break;
            case Part.Data:
                Skip(Length(number) + ZnodeTail, Part.Path);
                break;
            case Part.SignatureLength:
                Skip(number == Signature.Length ? 0 : throw Unsigned(), Part.Signature);
                break;
        }
    }

    private void NextList()
    {
        if (_lists-- > 0)
            Skip(AclIdSize, Part.EntryCount);
        else
            _part = Part.Path;
    }

    private void NextEntry()
    {
        if (_entries-- <= 0)
        {
            long id = _skip;
            _skip = 0;
            NextList();
            _skip += id;
            return;
        }

        Skip(_skip + PermissionsSize, Part.Scheme);
    }

    private void BeginPath(int length)
    {
        if (length < 0)
            throw Invalid(JuteError.NullText, "a znode has no path");

        if (length != 1)
            ZnodeCount++;
        Skip(length == 1 ? 0 : Length(length), length == 1 ? Part.PathByte : Part.Data);
    }

    /// <summary>The root's path is empty, so the path "/" is no znode's.</summary>
    private void TakePath(byte value)
    {
        _part = value == (byte)'/' ? Part.SignatureLength : Part.Data;
        if (_part == Part.Data)
            ZnodeCount++;
    }

    private void TakeSignature(byte value)
    {
        if (value != Signature[_signed])
            throw Unsigned();
        if (++_signed == Signature.Length)
            _part = Part.Complete;
    }

    private void Skip(long count, Part following)
    {
        _skip = count;
        _part = following;
    }

    private int Length(int number)
    {
        if (number < -1)
            throw Invalid(JuteError.NegativeLength, $"length {number} is negative");
        if (number > _maxLength)
            throw Invalid(JuteError.Oversized, $"length {number} exceeds the limit of {_maxLength} bytes");
        return Math.Max(number, 0);
    }

    private JuteFormatException Unsigned() => Invalid(JuteError.InvalidValue, "the snapshot does not end with its signature");

    private JuteFormatException Invalid(JuteError error, string detail) =>
        new(error, (int)Math.Min(_scanned, int.MaxValue), $"At byte {_scanned} of a snapshot: {detail}.");
}
