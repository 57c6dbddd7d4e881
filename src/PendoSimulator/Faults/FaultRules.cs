using Microsoft.AspNetCore.Http;
using PendoSimulator.Api;

namespace PendoSimulator.Faults;

/// <summary>The faults in force, in the order in which they were added.</summary>
internal sealed class FaultRules(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<ActiveRule> rules = [];
    private volatile bool any;
    private int lastId;

    public TimeProvider Time => time;

    public List<FaultStatus> Add(IEnumerable<FaultRule> added)
    {
        lock (gate)
        {
            var active = added.Select(rule => new ActiveRule(++lastId, rule)).ToList();
            rules.AddRange(active);
            any = rules.Count > 0;
            return [.. active.Select(a => a.Status)];
        }
    }

    public List<FaultStatus> List()
    {
        lock (gate)
            return [.. rules.Select(r => r.Status)];
    }

    public bool Remove(int id)
    {
        lock (gate)
        {
            var removed = rules.RemoveAll(r => r.Id == id) > 0;
            any = rules.Count > 0;
            return removed;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            rules.Clear();
            any = false;
        }
    }

    /// <summary>The rules that meet this call, or null. A key that is revoked works for no call that is counted later.</summary>
    public FaultPlan? Decide(ApiCall call, KeyRing keys)
    {
        if (!any)
            return null;
        lock (gate)
        {
            List<FaultRule>? met = null;
            foreach (var rule in rules)
            {
                if (rule.Meets(call))
                    (met ??= []).Add(rule.Rule);
            }
            if (met is null)
                return null;
            if (call.Key is { } key && met.Exists(rule => rule.Action == FaultAction.RevokeKey))
                keys.Revoke(key);
            return new FaultPlan(met);
        }
    }

    private sealed class ActiveRule(int id, FaultRule rule)
    {
        private readonly Random random = new(rule.Seed);
        private int fitting;
        private int met;

        public int Id => id;

        public FaultRule Rule => rule;

        public FaultStatus Status => new(id, rule, fitting, met);

        public bool Meets(ApiCall call)
        {
            if (!Fits(call))
                return false;
            fitting++;
            var meets = (rule.Nth is null || fitting == rule.Nth)
                && (rule.From is null || fitting >= rule.From)
                && (rule.To is null || fitting <= rule.To)
                && (rule.Rate is null || random.NextDouble() < rule.Rate)
                && (rule.Times is null || met < rule.Times);
            met += meets ? 1 : 0;
            return meets;
        }

        private bool Fits(ApiCall call) =>
            (rule.Endpoint is null || rule.Endpoint == call.Endpoint)
            && (rule.Method is null || HttpMethods.Equals(rule.Method, call.Http.Request.Method))
            && (rule.PathContains is null || ApiCall.RawPath(call.Http).Contains(rule.PathContains, StringComparison.Ordinal))
            && (rule.RecordIds is null || CallIds.ContainsAny(call, rule.RecordIds));
    }
}
