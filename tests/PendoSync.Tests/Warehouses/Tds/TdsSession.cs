using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>One connection of a client.</summary>
internal sealed class TdsSession(TdsServer server, TcpClient client, CancellationToken stop)
{
    private const byte Batch = 0x01, Rpc = 0x03, Reply = 0x04, Attention = 0x06, TokenMessage = 0x08, Login7 = 0x10, PreLogin = 0x12,
        TlsRecord = 0x16;
    private readonly TdsBuffer _out = new();
    private Stream _stream = client.GetStream();
    private byte _packet;
    private bool _resets;

    public async Task ServeAsync()
    {
        var strict = await FirstByteAsync() == TlsRecord;
        if (strict)
            _stream = await TlsAsync(_stream, SslProtocols.None, "tds/8.0");
        var encrypted = strict | await PreLoginAsync(strict);
        var (_, message) = await ReadAsync() ?? throw new IOException("no login came");
        var login = TdsLogin.Parse(message) with { Encrypted = encrypted, Strict = strict };
        if (login.WantsToken)
            login = login with { Token = await AskTokenAsync() };
        server.Met(login);
        if (server.Admit(login) is { } refusal)
        {
            Error(refusal);
            Done(0x02, 0);
            await FlushAsync(last: true);
            return;
        }

        await WelcomeAsync(login);
        for (var next = ReadAsync(); await next is { } request;)
            next = await AnswerAsync(request.Type, request.Body);
    }

    // The client's next message: it may come, as a cancellation, while rows are on their way.
    private async Task<Task<(byte Type, byte[] Body)?>> AnswerAsync(byte type, byte[] body)
    {
        if (type == Attention)
        {
            // It crossed the end of the reply.
            server.MetCancel();
            Done(0x20, 0);
            await FlushAsync(last: true);
            return ReadAsync();
        }

        var request = TdsRequest.Parse(type, body);
        server.Met(request);
        var reply = server.Answer(request);
        var next = ReadAsync();
        if (_resets)
            _out.Token(0xE3, new TdsBuffer().Byte(18).Byte(0).Byte(0));
        if (reply.Columns.Count > 0)
            Columns(reply);
        long rows = 0;
        foreach (var row in reply.Rows)
        {
            if (next.IsCompleted)
                break;
            rows++;
            _out.Byte(0xD1);
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i] is { } value)
                    reply.Columns[i].Type.Value(_out, value);
                else
                    reply.Columns[i].Type.Null(_out);
            }

            await FlushAsync(last: false);
        }

        // While it stalls, what is no full packet stays here, as at a real server.
        if (reply.Resets)
        {
            await FlushAllAsync();
            client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
            client.Client.Close();
            throw new IOException("reset, as asked");
        }

        if (reply.Stalls || next.IsCompleted)
        {
            if (await next is not { Type: Attention })
                throw new IOException("the client went away");
            server.MetCancel();
            Done(0x20, 0);
            await FlushAsync(last: true);
            return ReadAsync();
        }

        if (reply.Error is { } error)
            Error(error);
        if (type == Rpc)
            _out.Byte(0x79).Int32(0);
        Done(reply.Error is null ? 0x10 : 0x02, rows, type == Rpc ? (byte)0xFE : (byte)0xFD);
        await FlushAsync(last: true);
        if (reply.Error is { Class: >= 20 })
            throw new IOException("an error of this class ends the connection");
        return next;
    }

    private void Columns(TdsReply reply)
    {
        _out.Byte(0x81).Int16(reply.Columns.Count);
        foreach (var (name, type) in reply.Columns)
        {
            _out.Int32(type.UserType).Int16(0x09);
            type.Info(_out);
            _out.Short(name);
        }
    }

    private void Error(TdsError error) => _out.Token(0xAA, new TdsBuffer().Int32(error.Number).Byte(1).Byte(error.Class)
        .Long(error.Message).Short("stand-in").Short("").Int32(1));

    private void Done(int status, long rows, byte token = 0xFD) => _out.Byte(token).Int16(status).Int16(0xC1).Int64(rows);

    private async Task<bool> PreLoginAsync(bool strict)
    {
        var (type, body) = await ReadAsync() ?? throw new IOException("nothing came");
        if (type != PreLogin)
            throw new IOException($"0x{type:X2} came before the pre-login");
        var asked = Option(body, 1)?[0] ?? 2;
        // Off is answered by "not supported", so that the login is not encrypted alone.
        var encrypts = !strict && server.Certificate is not null && asked is 1 or 3;
        var token = Option(body, 6) is not null;
        byte[] version = [16, 0, 0x10, 0, 0, 0];
        (byte Id, byte[] Data)[] options =
            [(0, version), (1, [(byte)(strict ? 0 : encrypts ? 1 : 2)]), (2, [0]), (3, []), (4, [0]), .. token
                ? ((byte, byte[])[])[(6, [1])] : []];
        var offset = (options.Length * 5) + 1;
        foreach (var (id, data) in options)
        {
            _out.Byte(id).Byte(offset >> 8).Byte(offset).Byte(0).Byte(data.Length);
            offset += data.Length;
        }

        _out.Byte(0xFF);
        foreach (var (_, data) in options)
            _out.Bytes(data);
        await FlushAsync(last: true);
        if (!encrypts)
            return false;
        var wrapped = new PreLoginStream(_stream, PreLogin);
        _stream = await TlsAsync(wrapped, SslProtocols.Tls12, null);
        wrapped.Wraps = false;
        return true;
    }

    private async Task<SslStream> TlsAsync(Stream inner, SslProtocols protocols, string? application)
    {
        var tls = new SslStream(inner);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = server.Certificate,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = application is null ? null : [new SslApplicationProtocol(application)],
        }, stop);
        return tls;
    }

    // FEDAUTHINFO names whom to ask for a token, and for which resource. [MS-TDS] 2.2.7.12
    private async Task<string> AskTokenAsync()
    {
        var (authority, resource) = (Encoding.Unicode.GetBytes("https://login.example.com/tenant"),
            Encoding.Unicode.GetBytes("https://database.windows.net/"));
        var info = new TdsBuffer().Int32(2)
            .Byte(1).Int32(authority.Length).Int32(22)
            .Byte(2).Int32(resource.Length).Int32(22 + authority.Length)
            .Bytes(authority).Bytes(resource);
        _out.Byte(0xEE).Int32(info.Length).Bytes(info.Written);
        await FlushAsync(last: true);
        var (type, body) = await ReadAsync() ?? throw new IOException("no token came");
        if (type != TokenMessage)
            throw new IOException($"0x{type:X2} came in place of a token");
        var cursor = new TdsCursor(body);
        cursor.Int32();
        return Encoding.Unicode.GetString(cursor.Take(cursor.Int32()));
    }

    private async Task WelcomeAsync(TdsLogin login)
    {
        _out.Token(0xE3, new TdsBuffer().Byte(1).Short(login.Database).Short("master"));
        _out.Token(0xE3, new TdsBuffer().Byte(7).Byte(5).Bytes([0x09, 0x04, 0xD0, 0x00, 0x34]).Byte(0));
        _out.Token(0xE3, new TdsBuffer().Byte(4).Short($"{login.PacketSize}").Short("4096"));
        _out.Token(0xAD, new TdsBuffer().Byte(1).Bytes([0x74, 0, 0, 4]).Short("Microsoft SQL Server").Bytes([16, 0, 0x10, 0]));
        if (login.WantsToken)
            _out.Byte(0xAE).Byte(0x02).Int32(0).Byte(0xFF);
        Done(0, 0);
        await FlushAsync(last: true);
        _out.Payload = login.PacketSize - 8;
    }

    private async Task<byte> FirstByteAsync()
    {
        var first = new byte[1];
        return await client.Client.ReceiveAsync(first, SocketFlags.Peek, stop) == 1 ? first[0]
            : throw new IOException("the client went away");
    }

    // A whole message, of however many packets; null when the client is gone.
    private async Task<(byte Type, byte[] Body)?> ReadAsync()
    {
        var body = new MemoryStream();
        var header = new byte[8];
        while (true)
        {
            if (await _stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, stop) < header.Length)
                return null;
            var rest = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - header.Length];
            await _stream.ReadExactlyAsync(rest, stop);
            body.Write(rest);
            // A connection that comes from the driver's pool asks to be reset with its first statement.
            _resets = (header[1] & 0x08) != 0;
            if ((header[1] & 0x01) != 0)
                return (header[0], body.ToArray());
        }
    }

    // Sends whole packets, and with the last one what is left.
    private async Task FlushAsync(bool last)
    {
        var ready = _out.Written.ToArray();
        var at = 0;
        foreach (var end in _out.Ends().TakeWhile(end => end < ready.Length).ToList())
        {
            await PacketAsync(ready.AsMemory(at, end - at), ends: false);
            at = end;
        }

        if (last)
            await PacketAsync(ready.AsMemory(at), ends: true);
        _out.Clear();
        if (!last)
            _out.Bytes(ready.AsSpan(at));
    }

    private async Task FlushAllAsync()
    {
        var ready = _out.Written.ToArray();
        _out.Clear();
        if (ready.Length > 0)
            await PacketAsync(ready, ends: false);
    }

    private async Task PacketAsync(ReadOnlyMemory<byte> body, bool ends)
    {
        var packet = new byte[8 + body.Length];
        (packet[0], packet[1], packet[6]) = (Reply, (byte)(ends ? 1 : 0), ++_packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        body.CopyTo(packet.AsMemory(8));
        await _stream.WriteAsync(packet, stop);
        await _stream.FlushAsync(stop);
    }

    private static byte[]? Option(byte[] body, byte id)
    {
        for (var at = 0; body[at] != 0xFF; at += 5)
        {
            if (body[at] != id)
                continue;
            var (offset, length) = (BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(at + 1)),
                BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(at + 3)));
            return body.AsSpan(offset, length).ToArray();
        }

        return null;
    }
}
