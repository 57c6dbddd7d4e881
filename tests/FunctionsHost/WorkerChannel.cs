using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using FunctionsHost.Protocol;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using static FunctionsHost.Protocol.StreamingMessage;
using RpcException = Grpc.Core.RpcException;

namespace FunctionsHost;

/// <summary>The conversation with one worker process: requests and their answers, invocations, and what it logs.</summary>
internal sealed class WorkerChannel(Action<LogLine> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<StreamingMessage> _out = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;

    /// <summary>Where the worker takes HTTP requests; null when it takes none.</summary>
    public Uri? HttpUri { get; private set; }

    /// <summary>Carries messages in both directions until the worker closes the stream.</summary>
    public async Task RunAsync(IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken ct)
    {
        _connected.TrySetResult();
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var writing = WriteAsync(outgoing, closing.Token);
        try
        {
            await foreach (var message in incoming.ReadAllAsync(ct))
                Take(message);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException)
        {
            // The worker was killed, or the host stops.
        }
        finally
        {
            Close();
            await closing.CancelAsync();
            await writing;
        }
    }

    /// <summary>True once all functions were loaded.</summary>
    public bool Began { get; private set; }

    /// <summary>Introduces the host to the worker, and asks for its functions and loads them.</summary>
    public async Task<IReadOnlyList<RpcFunctionMetadata>> BeginAsync(string appDirectory)
    {
        await _connected.Task.WaitAsync(Patience);
        var init = new WorkerInitRequest
        {
            HostVersion = "4.1052.100",
            WorkerDirectory = appDirectory,
            FunctionAppDirectory = appDirectory
        };
        var initialised = (await AskAsync(new StreamingMessage { WorkerInitRequest = init })).WorkerInitResponse;
        Succeeded(initialised.Result, "the worker's start");
        HttpUri = initialised.Capabilities.TryGetValue("HttpUri", out var uri) ? new Uri(uri) : null;
        var metadata =
            (await AskAsync(
            new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = appDirectory } })).FunctionMetadataResponse;
        Succeeded(metadata.Result, "the functions' metadata");
        foreach (var function in metadata.FunctionMetadataResults)
        {
            var load = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function };
            Succeeded((await AskAsync(new StreamingMessage { FunctionLoadRequest = load })).FunctionLoadResponse.Result,
                $"loading {function.Name}");
        }

        Began = true;
        return metadata.FunctionMetadataResults;
    }

    /// <summary>Calls a function and waits for its end.</summary>
    /// <exception cref="FunctionFailedException">It did not succeed.</exception>
    public async Task InvokeAsync(RpcFunctionMetadata function, string invocationId, string parameter, TypedData input,
        CancellationToken cancel)
    {
        var request = new InvocationRequest
        {
            InvocationId = invocationId,
            FunctionId = function.FunctionId,
            InputData = { new ParameterBinding { Name = parameter, Data = input } },
            TraceContext = new() { TraceParent = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00" },
        };
        await using var cancelling =
            cancel.Register(() => Send(new StreamingMessage { InvocationCancel = new() { InvocationId = invocationId } }));
        var answer = await AskAsync(new StreamingMessage { RequestId = invocationId, InvocationRequest = request },
            Timeout.InfiniteTimeSpan);
        Succeeded(answer.InvocationResponse.Result, function.Name);
    }

    /// <summary>Asks the worker to end.</summary>
    public void Terminate(TimeSpan grace) =>
        Send(new StreamingMessage { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });

    /// <summary>Ends every wait for an answer: there is nobody any more who could give it.</summary>
    public void Close()
    {
        _closed = true;
        _connected.TrySetException(new FunctionFailedException("the worker ended before it connected"));
        foreach (var asked in _asked.Values)
            asked.TrySetException(new FunctionFailedException("the worker ended before it answered"));
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage message, TimeSpan? patience = null)
    {
        if (message.RequestId.Length == 0)
            message.RequestId = Guid.NewGuid().ToString();
        var answer = _asked[message.RequestId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Send(message);
            if (_closed)
                throw new FunctionFailedException("there is no worker");
            return await answer.Task.WaitAsync(patience ?? Patience);
        }
        finally
        {
            _asked.TryRemove(message.RequestId, out _);
        }
    }

    private void Send(StreamingMessage message) => _out.Writer.TryWrite(message);

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> outgoing, CancellationToken ct)
    {
        try
        {
            await foreach (var message in _out.Reader.ReadAllAsync(ct))
                await outgoing.WriteAsync(message, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or IOException or RpcException)
        {
            // The stream is closed.
        }
    }

    private void Take(StreamingMessage message)
    {
        if (message.ContentCase == ContentOneofCase.RpcLog)
            log(new LogLine((LogLevel)message.RpcLog.Level, message.RpcLog.Category, message.RpcLog.Message,
                TextOf(message.RpcLog.Exception), message.RpcLog.InvocationId));
        else if (_asked.TryGetValue(message.ContentCase == ContentOneofCase.InvocationResponse ? message.InvocationResponse.InvocationId
            : message.RequestId, out var asked))
            asked.TrySetResult(message);
    }

    private static void Succeeded(StatusResult result, string what)
    {
        if (result.Status != StatusResult.Types.Status.Success)
            throw new FunctionFailedException($"{what}: {result.Status} {result.Result} {TextOf(result.Exception)}");
    }

    private static string? TextOf(Protocol.RpcException? exception) =>
        exception is null ? null : $"{exception.Message}\n{exception.StackTrace}";
}

/// <summary>The host's end of the protocol: tells workers apart by the id each was started with.</summary>
internal sealed class WorkerConnections : FunctionRpc.FunctionRpcBase
{
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected = new(StringComparer.Ordinal);

    public void Expect(string workerId, WorkerChannel channel) => _expected[workerId] = channel;

    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (await requestStream.MoveNext(context.CancellationToken) && requestStream.Current.ContentCase == ContentOneofCase.StartStream
            && _expected.TryRemove(requestStream.Current.StartStream.WorkerId, out var channel))
            await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}
