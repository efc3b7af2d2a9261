using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Wire;

/// <summary>
/// Makes hostile records out of recorded ones: first on the pieces (swap, replace, repeat, drop, lie about a length), then, now and then,
/// on the bytes. The same random numbers give the same record.
/// </summary>
/// <param name="corpus">What to start from.</param>
/// <param name="random">Chooses everything.</param>
internal sealed class Mutator(Corpus corpus, Random random)
{
    private const int MostPieces = 2000;
    private const int Capacity = 1 << 20;

    private readonly List<Piece> _pieces = [];

    /// <summary>The record made last.</summary>
    public byte[] Bytes { get; } = new byte[Capacity];

    /// <summary>How many bytes it has.</summary>
    public int Length { get; private set; }

    /// <summary>Makes a record in the likeness of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="mutations">How often to change it.</param>
    /// <param name="commonPaths">Whether texts become paths that others use too, most of the time.</param>
    public void Make(Seed seed, int mutations, bool commonPaths)
    {
        _pieces.Clear();
        foreach (Token token in seed.Tokens)
            _pieces.Add(new Piece(seed.Bytes, token.Start, token.Length, token.Kind));
        if (commonPaths)
            MeetOthers();
        for (int i = 0; i < mutations; i++)
            MutatePieces();
        Join();
        if (mutations > 0 && random.Next(3) == 0)
            MutateBytes();
    }

    private void MeetOthers()
    {
        if (_pieces.Count > 0 && _pieces[0].Kind == TokenKind.Text && random.Next(10) < 7)
            Put(0, HostileValues.CommonPath(random), TokenKind.Text);
    }

    private void MutatePieces()
    {
        if (_pieces.Count == 0)
            return;

        int at = random.Next(_pieces.Count);
        switch (random.Next(12))
        {
            case < 5:
                Put(at, HostileValues.Of(_pieces[at].Kind, random), _pieces[at].Kind);
                break;
            case 5:
                Borrow(at);
                break;
            case 6:
                int other = random.Next(_pieces.Count);
                (_pieces[at], _pieces[other]) = (_pieces[other], _pieces[at]);
                break;
            case 7:
                Repeat(at);
                break;
            case 8:
                _pieces.RemoveAt(at);
                break;
            case 9:
                Splice(at);
                break;
            case 10:
                ChangeNumber(at);
                break;
            default:
                Deepen(at);
                break;
        }
    }

    /// <summary>A value of the same kind out of another recording.</summary>
    private void Borrow(int at)
    {
        Seed other = Any();
        foreach (Token token in other.Tokens)
        {
            if (token.Kind == _pieces[at].Kind)
            {
                _pieces[at] = new Piece(other.Bytes, token.Start, token.Length, token.Kind);
                return;
            }
        }
    }

    /// <summary>Repeats some pieces, so that lists hold duplicates; the count before them is told half of the time.</summary>
    private void Repeat(int at)
    {
        int length = Math.Min(random.Next(1, 6), _pieces.Count - at);
        int times = random.Next(4) == 0 ? random.Next(1, 40) : 1;
        Piece[] range = [.. _pieces.Skip(at).Take(length)];
        for (int i = 0; i < times && _pieces.Count < MostPieces; i++)
            _pieces.InsertRange(at, range);
        int count = _pieces.FindLastIndex(at, static piece => piece.Kind == TokenKind.Count);
        if (count >= 0 && random.Next(2) == 0)
            Put(count, HostileValues.Encode(ReadInt(_pieces[count]) + times), TokenKind.Count);
    }

    private void Splice(int at)
    {
        Seed other = Any();
        _pieces.RemoveRange(at, _pieces.Count - at);
        for (int i = random.Next(other.Tokens.Length + 1); i < other.Tokens.Length; i++)
            _pieces.Add(new Piece(other.Bytes, other.Tokens[i].Start, other.Tokens[i].Length, other.Tokens[i].Kind));
    }

    /// <summary>One more or less: of a number, a length or a count.</summary>
    private void ChangeNumber(int at)
    {
        Piece piece = _pieces[at];
        if (piece.Length < sizeof(int))
            return;

        byte[] copy = piece.Bytes.AsSpan(piece.Start, piece.Length).ToArray();
        int number = BinaryPrimitives.ReadInt32BigEndian(copy);
        BinaryPrimitives.WriteInt32BigEndian(copy, unchecked(number + (random.Next(2) == 0 ? 1 : -1)));
        Put(at, copy, piece.Kind);
    }

    /// <summary>Puts a whole record of another operation inside, as into a multi.</summary>
    private void Deepen(int at)
    {
        Seed other = Any();
        byte[] header = [.. HostileValues.Encode((int)(other.Type ?? OpCode.Error)), 0, 0xff, 0xff, 0xff, 0xff];
        int times = random.Next(8) == 0 ? random.Next(1, 60) : 1;
        for (int i = 0; i < times && _pieces.Count < MostPieces; i++)
        {
            _pieces.InsertRange(at, other.Tokens.Select(token => new Piece(other.Bytes, token.Start, token.Length, token.Kind)));
            _pieces.Insert(at, new Piece(header, 0, header.Length, TokenKind.Raw));
        }
    }

    private void MutateBytes()
    {
        if (Length == 0)
            return;

        int at = random.Next(Length);
        switch (random.Next(6))
        {
            case 0:
                Bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                Bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                Length = at;
                break;
            case 3 when Length < Capacity:
                Bytes.AsSpan(at, Length - at).CopyTo(Bytes.AsSpan(at + 1));
                Bytes[at] = (byte)random.Next(256);
                Length++;
                break;
            case 4:
                int gone = Math.Min(random.Next(1, 9), Length - at);
                Bytes.AsSpan(at + gone, Length - at - gone).CopyTo(Bytes.AsSpan(at));
                Length -= gone;
                break;
            default:
                random.NextBytes(Bytes.AsSpan(at, Math.Min(random.Next(1, 9), Length - at)));
                break;
        }
    }

    private void Join()
    {
        int length = 0;
        foreach (Piece piece in _pieces)
        {
            if (length + piece.Length > Capacity)
                break;
            piece.Bytes.AsSpan(piece.Start, piece.Length).CopyTo(Bytes.AsSpan(length));
            length += piece.Length;
        }

        Length = length;
    }

    private Seed Any() => corpus.All[random.Next(corpus.All.Length)];

    private void Put(int at, byte[] value, TokenKind kind) => _pieces[at] = new Piece(value, 0, value.Length, kind);

    private static int ReadInt(Piece piece) => BinaryPrimitives.ReadInt32BigEndian(piece.Bytes.AsSpan(piece.Start));

    private readonly record struct Piece(byte[] Bytes, int Start, int Length, TokenKind Kind);
}
