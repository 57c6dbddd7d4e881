namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// PostgreSQL's times as it sends them: microseconds or days since 2000-01-01, with the largest and the smallest number for infinity. What
/// .NET cannot hold is refused; Npgsql's own conversion gives the last or first moment for infinity and wraps around past the year 9999.
/// </summary>
internal static class PostgresTimes
{
    private static readonly DateTime _epoch = new(2000, 1, 1);
    private static readonly long _first = (DateTime.MinValue.Ticks - _epoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private static readonly long _last = (DateTime.MaxValue.Ticks - _epoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private static readonly int _epochDay = DateOnly.FromDateTime(_epoch).DayNumber;

    /// <summary>A timestamp, with the kind of its column.</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public static DateTime Moment(long microseconds, DateTimeKind kind) =>
        microseconds >= _first && microseconds <= _last
            ? new DateTime(_epoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond), kind) : throw Beyond();

    /// <summary>A date.</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public static DateOnly Day(int days)
    {
        var number = (long)_epochDay + days;
        return number >= DateOnly.MinValue.DayNumber && number <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)number) : throw Beyond();
    }

    private static OverflowException Beyond() => new("the time is infinite or not of the years 1 to 9999");
}
