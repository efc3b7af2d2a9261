using System.Buffers.Binary;
using System.Text.Unicode;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Wire;

/// <summary>
/// Takes bytes apart by a schema: the pieces for the mutator, and the verdict that the codec must agree with. It throws nothing and
/// makes no records, so it shares no mistake with the codec.
/// </summary>
/// <param name="maxLength">The longest text or buffer.</param>
internal sealed class FrameParser(int maxLength)
{
    private static readonly Field[] StatFields =
    [
        Field.Long, Field.Long, Field.Long, Field.Long, Field.Int, Field.Int, Field.Int, Field.Long, Field.Int, Field.Int, Field.Long,
    ];

    private byte[] _bytes = [];
    private int _end;
    private int _position;
    private bool _isLoose;
    private List<Token>? _tokens;

    /// <summary>Judges the bytes, and lists their pieces if a list is given.</summary>
    public Verdict Parse(byte[] bytes, int start, int end, Field[] schema, List<Token>? tokens = null)
    {
        _bytes = bytes;
        _position = start;
        _end = end;
        _isLoose = false;
        _tokens = tokens;
        if (!Fields(schema))
            return Verdict.Malformed;
        if (_position < _end)
        {
            Add(TokenKind.Raw, _position, _end - _position);
            _isLoose = true;
        }

        return _isLoose ? Verdict.Loose : Verdict.Canonical;
    }

    private bool Fields(Field[] schema)
    {
        foreach (Field field in schema)
        {
            if (!Read(field))
                return false;
        }

        return true;
    }

    private bool Read(Field field) => field switch
    {
        Field.Int => Fixed(TokenKind.Int, sizeof(int)),
        Field.Long => Fixed(TokenKind.Long, sizeof(long)),
        Field.Bool => Boolean(),
        Field.TrailingBool => _position == _end || Boolean(),
        Field.Text => Text(mayBeNull: false),
        Field.TextNotNull => _end - _position >= sizeof(int) && BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_position)) >= 0 && Text(mayBeNull: false),
        Field.OptionalText => Text(mayBeNull: true),
        Field.Bytes => Buffer(),
        Field.Texts => Vector(sizeof(int), static parser => parser.Read(Field.TextNotNull)),
        Field.Acls => Vector(3 * sizeof(int), static parser =>
            parser.Fixed(TokenKind.Int, sizeof(int)) && parser.Text(mayBeNull: true) && parser.Text(mayBeNull: true)),
        Field.Infos => Vector(2 * sizeof(int), static parser => parser.Text(mayBeNull: false) && parser.Text(mayBeNull: false)),
        Field.Stat => Fields(StatFields),
        Field.MultiOperations => MultiOperations(),
        Field.MultiResults => MultiResults(),
        _ => throw new InvalidOperationException($"{field} is no field."),
    };

    private bool Fixed(TokenKind kind, int length)
    {
        if (_end - _position < length)
            return false;

        Add(kind, _position, length);
        _position += length;
        return true;
    }

    private bool Boolean()
    {
        int at = _position;
        if (!Fixed(TokenKind.Bool, 1))
            return false;

        _isLoose |= _bytes[at] > 1;
        return true;
    }

    private bool Text(bool mayBeNull)
    {
        int at = _position;
        if (!Prefixed(TokenKind.Text, out int length))
            return false;

        if (length < 0)
            _isLoose |= !mayBeNull;
        else
            _isLoose |= !Utf8.IsValid(_bytes.AsSpan(at + sizeof(int), length));
        return true;
    }

    private bool Buffer() => Prefixed(TokenKind.Bytes, out _);

    private bool Prefixed(TokenKind kind, out int length)
    {
        length = 0;
        if (_end - _position < sizeof(int))
            return false;

        length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_position));
        if (length < -1 || length > maxLength || length > _end - _position - sizeof(int))
            return false;

        int size = sizeof(int) + Math.Max(length, 0);
        Add(kind, _position, size);
        _position += size;
        return true;
    }

    private bool Vector(int leastElement, Func<FrameParser, bool> element)
    {
        int at = _position;
        if (!Fixed(TokenKind.Count, sizeof(int)))
            return false;

        int count = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at));
        _isLoose |= count < -1;
        if (count > (_end - _position) / leastElement)
            return false;

        for (int i = 0; i < count; i++)
        {
            if (!element(this))
                return false;
        }

        return true;
    }

    private bool MultiOperations()
    {
        bool? reads = null;
        while (MultiHeader(out int type, out bool done, out int error))
        {
            _isLoose |= error != -1 || (done && type != -1);
            if (done)
                return true;

            bool isRead = type is (int)OpCode.GetData or (int)OpCode.GetChildren;
            if (Schema.OfMultiOperation(type) is not { } fields || !Fields(fields) || (reads ?? isRead) != isRead)
                return false;

            // The watch flag of a read is dropped.
            _isLoose |= isRead && _bytes[_position - 1] != 0;
            reads = isRead;
        }

        return false;
    }

    private bool MultiResults()
    {
        while (MultiHeader(out int type, out bool done, out int error))
        {
            if (done)
            {
                _isLoose |= error != -1 || type != -1;
                return true;
            }

            int at = _position;
            if (Schema.OfMultiResult(type) is not { } fields || !Fields(fields))
                return false;

            int expected = type == (int)OpCode.Error ? BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at)) : 0;
            _isLoose |= error != expected;
        }

        return false;
    }

    private bool MultiHeader(out int type, out bool done, out int error)
    {
        int at = _position;
        type = error = 0;
        done = false;
        if (!Fixed(TokenKind.Int, sizeof(int)) || !Boolean() || !Fixed(TokenKind.Int, sizeof(int)))
            return false;

        type = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at));
        done = _bytes[at + sizeof(int)] != 0;
        error = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at + sizeof(int) + 1));
        return true;
    }

    private void Add(TokenKind kind, int start, int length) => _tokens?.Add(new Token(kind, start, length));
}
