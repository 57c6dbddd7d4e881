using Benchmarks;

// One JSON line per figure on stdout, progress on stderr. Child roles keep the simulator and the measured memory out of this process.
return args switch
{
    ["simulator"] => await SimulatorProcess.ServeAsync(),
    ["peak", var folder, var address] => await PeakMemory.RunChildAsync(folder, new Uri(address), Engine.Visitors),
    ["peak-compare", var folder, var address] => await PeakMemory.CompareChildAsync(folder, new Uri(address)),
    ["peak-adopt", var folder, var address] => await PeakMemory.AdoptChildAsync(folder, new Uri(address)),
    ["peak-events", var folder, var address] => await PeakMemory.RunChildAsync(folder, new Uri(address), Engine.Events),
    ["cold-reader"] => await Baselines.ReadOnceAsync(),
    ["large-run", var folder, var address, var state] => await LargeState.RunChildAsync(folder, new Uri(address), state),
    ["--large", var millions] => await LargeState.RunAsync([.. millions.Split(',').Select(int.Parse)]),
    ["--growth", var millions] => await Growth.RunAsync([.. millions.Split(',').Select(int.Parse)]),
    ["--cold", .. var rest] => await Cold.RunAsync(BenchmarkOptions.Parse(rest)),
    _ => await Suite.RunAsync(BenchmarkOptions.Parse(args)),
};
