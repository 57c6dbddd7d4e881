using PendoSync.Tests.State;

// The test assembly is also the program that tests start and kill.
return args switch
{
    ["write-state", var path] => await StateWriter.RunAsync(path),
    _ => 2,
};
