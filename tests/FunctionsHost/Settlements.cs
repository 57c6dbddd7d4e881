using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using FunctionsHost.Protocol;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RpcException = Grpc.Core.RpcException;

namespace FunctionsHost;

/// <summary>
/// Settles messages for workers, each while the function that has it runs. A failure arrives there as an RpcException (Unknown).
/// </summary>
internal sealed class Settlements : Settlement.SettlementBase
{
    private readonly ConcurrentDictionary<string, Offered> _offered = new(StringComparer.Ordinal);

    /// <summary>Lets a message be settled until the answer is disposed.</summary>
    public Offered Offer(ProcessMessageEventArgs args) => _offered[args.Message.LockToken] = new Offered(this, args);

    public override Task<Empty> Complete(LockRequest request, ServerCallContext context) =>
        SettleAsync(request.LockToken, args => args.CompleteMessageAsync(args.Message));

    public override Task<Empty> Abandon(LockRequest request, ServerCallContext context) =>
        SettleAsync(request.LockToken, args => args.AbandonMessageAsync(args.Message));

    public override Task<Empty> Defer(LockRequest request, ServerCallContext context) =>
        SettleAsync(request.LockToken, args => args.DeferMessageAsync(args.Message));

    public override Task<Empty> Deadletter(DeadLetterRequest request, ServerCallContext context) =>
        SettleAsync(request.LockToken, args => args.DeadLetterMessageAsync(args.Message, request.Reason, request.Description));

    public override async Task<Empty> RenewMessageLock(LockRequest request, ServerCallContext context)
    {
        var args = Find(request.LockToken).Args;
        await args.RenewMessageLockAsync(args.Message);
        return new Empty();
    }

    private async Task<Empty> SettleAsync(string lockToken, Func<ProcessMessageEventArgs, Task> settle)
    {
        var offered = Find(lockToken);
        await settle(offered.Args);
        offered.IsSettled = true;
        return new Empty();
    }

    private Offered Find(string lockToken) => _offered.GetValueOrDefault(lockToken)
        ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, $"LockToken {lockToken} not found."));

    public sealed class Offered(Settlements settlements, ProcessMessageEventArgs args) : IDisposable
    {
        public ProcessMessageEventArgs Args => args;

        public bool IsSettled { get; set; }

        public void Dispose() => settlements._offered.TryRemove(args.Message.LockToken, out _);
    }
}
