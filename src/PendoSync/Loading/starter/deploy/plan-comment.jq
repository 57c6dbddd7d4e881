# Makes a comment of `pendosync plan --json`: counts only, never a key or a value.
"### What a first run would send\n",
"| sync | rows | new | changed | invalid |",
"| --- | ---: | ---: | ---: | ---: |",
(.syncs // [] | .[] | "| \(.sync) | \(.read) | \(.reasons.new) | \(.reasons.changed) | \(.invalid) |"),
(if .error then "\nThe plan failed (\(.error.kind)); the log of this job says why." else empty end),
"\nThis job knows no state: it compares with nothing that was sent before, so every valid row counts as new. "
  + "The sync's page of the app tells what its next run sends."
