using PendoFunctions.Tests.Kills;

// The test assembly is also the program that tests start and kill.
switch (args)
{
    case ["app", var journal, var ahead, .. var settings]:
        await KilledApp.RunAsync(journal, TimeSpan.Parse(ahead), settings);
        return 0;
    default:
        return 2;
}
