using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Hosting.Words;

namespace Coordination.Server.Hosting;

/// <content>
/// Answers to four-letter words. A slice of one answer goes out per turn, whoever asks for how much: requests are served between slices,
/// and nothing is written ahead of a client that does not read. What has not left when a connection without a session has had its time
/// is cut off with it.
/// </content>
internal sealed partial class ClientTraffic
{
    /// <summary>Characters per slice: a fraction of a millisecond of a turn.</summary>
    private const int AnswerSlice = 32 << 10;

    private readonly Queue<ConnectedClient> _answering = new();
    private bool _isAnswerDue;

    /// <summary>Sends a slice of the answer that has waited longest.</summary>
    public void ContinueAnswers()
    {
        _isAnswerDue = false;
        if (_answering.TryDequeue(out ConnectedClient? client) && !client.IsGone && !client.Connection.IsSending)
            SendSlice(client);
        ScheduleAnswers();
    }

    /// <summary>Begins an answer, if all of the question is there; otherwise this is asked again when more has arrived.</summary>
    private void Ask(ConnectedClient client, int word)
    {
        Span<byte> question = stackalloc byte[12];
        question = question[.._words.LengthOf(word)];
        if (!client.Connection.TryPeek(question))
        {
            if (client.Connection.HasEnded)
                Close(client);
            else if (client.Connection.Read())
                _post(new LoopInput(LoopInputKind.Readable, client.Connection));
            return;
        }

        long argument = question.Length == 12 ? BinaryPrimitives.ReadInt64BigEndian(question[4..]) : 0;
        if (_words.LooksOutside(word))
        {
            client.IsAsking = true;
            _aside(() => _postBriefly(new LoopInput(LoopInputKind.WordGathered, new GatheredWord(client, word, _words.Gather()))));
            return;
        }

        BeginAnswer(client, _words.Answer(word, argument, client, this));
    }

    /// <summary>What a word has waited for is there.</summary>
    public void Gathered(GatheredWord gathered)
    {
        ConnectedClient client = gathered.Client;
        client.IsAsking = false;
        if (!client.IsGone && !client.IsClosing)
            BeginAnswer(client, _words.Answer(gathered.Word, argument: 0, client, this, gathered.Figures));
    }

    private void BeginAnswer(ConnectedClient client, IEnumerable<string> pieces)
    {
        client.Answer = pieces.GetEnumerator();
        if (_answering.Count == 0)
            SendSlice(client);
        else
            Answering(client);
    }

    /// <summary>The socket takes bytes: the answer goes on in its turn.</summary>
    private void Answering(ConnectedClient client)
    {
        if (client.IsGone || client.Connection.IsSending)
            return;

        _answering.Enqueue(client);
        ScheduleAnswers();
    }

    private void ScheduleAnswers()
    {
        if (_isAnswerDue || _answering.Count == 0)
            return;

        _isAnswerDue = true;
        _post(new LoopInput(LoopInputKind.AnswerNext));
    }

    private void SendSlice(ConnectedClient client)
    {
        if (!Append(client.Answer!, client.Link.Output))
        {
            client.Answer = null;
            Close(client);
            return;
        }

        Pump(client);
        Answering(client);
    }

    /// <summary>False when there is no more.</summary>
    private static bool Append(IEnumerator<string> pieces, FrameBuffer output)
    {
        for (int written = 0; written < AnswerSlice;)
        {
            if (!pieces.MoveNext())
                return false;

            string piece = pieces.Current;
            output.Advance(Encoding.UTF8.GetBytes(piece, output.GetSpan(Encoding.UTF8.GetMaxByteCount(piece.Length))));
            written += piece.Length;
        }

        return true;
    }
}
