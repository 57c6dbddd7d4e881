#Requires -Version 7.4
<#
.SYNOPSIS
Deploys PendoFunctions from PowerShell, on Windows too: what infra/deploy.sh does, step by step. Safe to run again at any time.
.PARAMETER Config
Project to deploy: the folder of pendosync.yaml (default src/PendoFunctions/config); all of it but names that begin with a dot.
.PARAMETER ResourceGroup
Resource group to deploy into; made if it does not exist.
.PARAMETER Location
Region of a new resource group.
.PARAMETER Parameters
A .bicepparam file (default Config/deploy/main.bicepparam if there is one, else infra/main.bicepparam).
.PARAMETER Only
Run these steps only: check (pendosync validate), infra, secrets, code, test.
.PARAMETER WhatIf
Show what the step infra would change, and stop.
.PARAMETER Rollback
Deploy the package before the last one again, as it was kept on this machine.
.PARAMETER Package
Deploy this package in place of a new one.
.PARAMETER Packages
Where packages are kept (default: the folder of the user's local application data).
#>
param(
  [string] $Config, [string] $ResourceGroup, [string] $Location = 'westeurope', [string] $Parameters,
  [ValidateSet('check', 'infra', 'secrets', 'code', 'test')] [string[]] $Only,
  [switch] $WhatIf, [switch] $Rollback, [string] $Package, [string] $Packages
)
Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'
# What a program answers besides 0 is looked at where it is called.
$PSNativeCommandUseErrorActionPreference = $false
$root, $deployment, $apiKey = (Split-Path $PSScriptRoot), 'pendofunctions', 'pendosync-api-key'

function Say([string] $text) { [Console]::Error.WriteLine("==> $text") }
function Fail([string] $text, [int] $code = 1) { [Console]::Error.WriteLine("deploy.ps1: $text"); exit $code }
function Wanted([string] $step) { -not $Only -or $Only -contains $step }
function Deploys { (Wanted check) -or (Wanted infra) -or (Wanted secrets) -or ((Wanted code) -and -not $Rollback -and -not $Package) }
function Invoke-Az { az @args; if ($LASTEXITCODE) { Fail "az $($args[0..2] -join ' ') failed" } }
function OnlyChecks { $Only -and -not ($Only | Where-Object { $_ -ne 'check' }) }

function Read-Arguments {
  if ($Rollback -and $Package) { Fail '-Rollback and -Package exclude each other' 2 }
  if (($Rollback -or $Package) -and -not $Only) { $script:Only = 'code', 'test' }
  if ($WhatIf) { $script:Only = @('infra') }
  if (-not $ResourceGroup -and -not (OnlyChecks)) {
    Fail 'which resource group? Give -ResourceGroup NAME; see Get-Help infra/deploy.ps1' 2
  }
  if ($Package -and -not (Test-Path $Package)) { Fail "there is no package $Package" 2 }
  if (-not $Config) { $script:Config = Join-Path $root 'src/PendoFunctions/config' }
  if (-not (Test-Path (Join-Path $Config 'pendosync.yaml'))) {
    Fail "$Config has no pendosync.yaml; -Config names the folder of the project" 2
  }
  $script:Config = (Resolve-Path $Config).Path
  if (-not $Parameters) {
    $own = Join-Path $Config 'deploy/main.bicepparam'
    $script:Parameters = (Test-Path $own) ? $own : (Join-Path $PSScriptRoot 'main.bicepparam')
  }
  if (-not (Test-Path $Parameters)) { Fail "there is no parameter file $Parameters" 2 }
}

function Confirm-Tools {
  $tools = @(if (-not (OnlyChecks)) { 'az' }; if (Deploys) { 'dotnet' }; if (Wanted test) { 'curl' })
  foreach ($tool in $tools) {
    if (-not (Get-Command $tool -CommandType Application -ErrorAction Ignore)) {
      Fail "$tool is not installed; infra/README.md lists what is needed" 3
    }
  }
  if (OnlyChecks) { return }
  az account show --output none 2>$null
  if ($LASTEXITCODE) { Fail 'not signed in to Azure; run: az login' 3 }
}

# Before anything in Azure is touched: an app whose definitions are wrong would start and send nothing.
function Confirm-Definitions {
  Say "Checking the definitions in $Config"
  dotnet run --project (Join-Path $root 'src/PendoSync.Cli') --configuration Release --verbosity quiet --property:RunAnalyzers=false -- `
    validate --project $Config | Out-Host
  if ($LASTEXITCODE) { Fail 'the definitions are not valid; nothing in Azure was touched' 2 }
}

# Who may write secrets: whoever runs this, unless the environment says otherwise.
function Set-Operator {
  if ($env:PENDOSYNC_OPERATOR_ID) { return }
  $kind = Invoke-Az account show --query user.type --output tsv
  if ($kind -eq 'servicePrincipal') {
    $name = Invoke-Az account show --query user.name --output tsv
    $id = az ad sp show --id $name --query id --output tsv
    $env:PENDOSYNC_OPERATOR_TYPE = 'ServicePrincipal'
  } else {
    $id = az ad signed-in-user show --query id --output tsv
    $env:PENDOSYNC_OPERATOR_TYPE = 'User'
  }
  if (-not $id) { Fail 'cannot look up your object id; set PENDOSYNC_OPERATOR_ID and PENDOSYNC_OPERATOR_TYPE' }
  $env:PENDOSYNC_OPERATOR_ID = $id
}

function Deploy-Infra {
  $exists = (Invoke-Az group exists --name $ResourceGroup) -eq 'true'
  if ($WhatIf) {
    if (-not $exists) {
      Say "There is no resource group ${ResourceGroup}: everything in infra/main.bicep would be made"
      return
    }

    Set-Operator
    Invoke-Az deployment group what-if --name $deployment --resource-group $ResourceGroup --parameters $Parameters | Out-Host
    return
  }
  if (-not $exists) {
    Say "Making resource group $ResourceGroup in $Location"
    Invoke-Az group create --name $ResourceGroup --location $Location --output none
  }
  # The subnet of a Flex Consumption app is delegated to this provider.
  if ((Get-Content $Parameters) -match '^\s*param\s+privateNetwork\s*=\s*true') {
    Invoke-Az provider register --namespace Microsoft.App --wait --output none
  }


  Set-Operator
  Say 'Deploying infra/main.bicep (about five minutes the first time)'
  Invoke-Az deployment group create --name $deployment --resource-group $ResourceGroup --parameters $Parameters --output none
}

function Get-Output([string] $name) {
  # azd deploys under a name of its own, and hands outputs to its hooks as variables.
  $value = $env:AZURE_ENV_NAME ? [Environment]::GetEnvironmentVariable($name) : $null
  if (-not $value) {
    $query = "properties.outputs.$name.value"
    $value = az deployment group show --name $deployment --resource-group $ResourceGroup --query $query --output tsv
  }

  if (-not $value) { Fail "nothing is deployed in $ResourceGroup, or it has no output $name; run deploy.ps1 without -Only first" }
  $value
}

# A file of the user's own: arguments of a process can be read by everyone on the machine.
function Set-Secret([string] $vault, [string] $name, [string] $value) {
  $file = [IO.Path]::GetTempFileName()
  try {
    [IO.File]::WriteAllText($file, $value)
    Invoke-Az keyvault secret set --vault-name $vault --name $name --file $file --encoding utf-8 --output none
  } finally { Remove-Item $file }
}

function Test-Secret([string] $vault, [string] $name) {
  az keyvault secret show --vault-name $vault --name $name --query id --output none 2>$null
  $LASTEXITCODE -eq 0
}

function Read-Secret([string] $prompt) {
  if ([Console]::IsInputRedirected) { return [Console]::In.ReadLine() }
  Read-Host $prompt -MaskInput
}

function Get-Definitions([string] $folder) { Get-ChildItem $folder -Recurse -Include *.yaml, *.yml -ErrorAction Ignore }

function Deploy-Secrets {
  $vault = Get-Output vaultName
  for ($try = 1; ; $try++) {
    $answer = az keyvault secret list --vault-name $vault --maxresults 1 --output none 2>&1
    if (-not $LASTEXITCODE) { break }
    if ($try -eq 1) { Say "Waiting for your role on vault $vault (up to ten minutes)" }
    if ($try -eq 60) {
      Fail ("vault $vault still refuses: you need Key Vault Secrets Officer and, with privateNetwork, " +
        "an address in vaultAllowedIpRanges. $answer")
    }

    Start-Sleep -Seconds $pause
  }
  if (-not (Test-Secret $vault $apiKey)) {
    Set-Secret $vault $apiKey ([Security.Cryptography.RandomNumberGenerator]::GetHexString(64, $true))
    Say "Made the API key and put it into vault $vault as $apiKey"
  }
  $files = @(Get-Item (Join-Path $Config 'pendosync.yaml')) + @(Get-Definitions (Join-Path $Config 'syncs'))
  $text = $files | Get-Content | ForEach-Object { $_ -replace '(^|\s)#.*$', '' }
  $names = [regex]::Matches($text -join "`n", '\$\{secret:([A-Za-z0-9-]+)\}') | ForEach-Object { $_.Groups[1].Value }
  foreach ($name in $names | Sort-Object -Unique -CaseSensitive) {
    $known = Test-Secret $vault $name
    $value = Read-Secret ($known ? "$name (Enter keeps the present one)" : $name)
    if ($value) {
      Set-Secret $vault $name $value
      Say "Put $name into vault $vault"
    } elseif (-not $known) { Fail "$name was not given and is not in vault $vault yet" }
  }
}

# The project, without names with a dot: those hold secrets, state and what tools keep. A dbt manifest outside comes along.
function Copy-Project([string] $target) {
  Get-ChildItem $Config -Recurse -File -Force | ForEach-Object {
    $path = [IO.Path]::GetRelativePath($Config, $_.FullName)
    if ($path -split '[\\/]' | Where-Object { $_ -like '.*' -or $_ -eq 'node_modules' }) { return }
    $to = Join-Path $target $path
    New-Item -ItemType Directory -Force (Split-Path $to) | Out-Null
    Copy-Item $_.FullName $to
  }
  foreach ($file in Get-Definitions (Join-Path $target 'syncs')) {
    foreach ($line in (Get-Content $file) -replace '(^|\s)#.*$', '') {
      if ($line -notmatch '(?:^|[\s,{])manifest:\s*["'']?([^"'',}]*[^"'',}\s])') { continue }
      $path = $Matches[1]
      if (-not [IO.Path]::IsPathRooted($path) -and (Test-Path (Join-Path $target $path) -PathType Leaf)) { continue }
      $from = [IO.Path]::GetFullPath($path, $Config)
      if (-not (Test-Path $from -PathType Leaf)) { Fail "$($file.Name): there is no dbt manifest '$path'; run dbt parse first" }
      $hash = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($path))
      $copy = "dbt/$([Convert]::ToHexString($hash, 0, 6)).json"
      New-Item -ItemType Directory -Force (Join-Path $target 'dbt') | Out-Null
      Copy-Item $from (Join-Path $target $copy)
      [IO.File]::WriteAllText($file, [IO.File]::ReadAllText($file).Replace($path, $copy))
    }
  }
}

# What the Functions host reads first. A package without it is deployed without a word, and starts without functions.
function Confirm-Package([string] $folder) {
  if (Test-Path (Join-Path $folder 'BUILT-WITH-SUBSTITUTE.txt')) {
    Fail ("the package was built with the tests' substitute of the Service Bus extension; " +
      'unset UseServiceBusSubstitute, run dotnet clean, and deploy again')
  }

  $parts = 'host.json', 'extensions.json', 'functions.metadata', 'worker.config.json', '.azurefunctions', 'config/pendosync.yaml'
  foreach ($part in $parts) {
    if (-not (Test-Path (Join-Path $folder $part))) { Fail "the publish folder has no $part; the app would start without functions" }
  }
  function Has([string] $file, [string] $text) { (Get-Content -Raw (Join-Path $folder $file)).Contains($text) }
  if (-not (Has 'extensions.json' 'Microsoft.Azure.WebJobs.Extensions.ServiceBus')) {
    Fail 'extensions.json does not load the Service Bus extension; no message would be received'
  }

  foreach ($kind in 'httpTrigger', 'serviceBusTrigger', 'timerTrigger') {
    if (-not (Has 'functions.metadata' "`"$kind`"")) { Fail "functions.metadata lists no function with a $kind" }
  }
  $worker = (Get-Content -Raw (Join-Path $folder 'worker.config.json') | ConvertFrom-Json).description.defaultWorkerPath
  if (-not (Test-Path (Join-Path $folder $worker))) { Fail "worker.config.json starts '$worker', which is not in the package" }
}

function Build-Package {
  Say 'Publishing src/PendoFunctions'
  $publish = Join-Path $work 'publish'
  dotnet publish (Join-Path $root 'src/PendoFunctions') --configuration Release --runtime linux-x64 --no-self-contained `
    --output $publish --nologo --verbosity quiet -p:RunAnalyzers=false | Out-Host
  if ($LASTEXITCODE) { Fail 'dotnet publish failed' }
  Remove-Item (Join-Path $publish 'config') -Recurse -Force -ErrorAction Ignore
  Copy-Project (Join-Path $publish 'config')
  Confirm-Package $publish
  $script:Package = Join-Path $work 'app.zip'
  [IO.Compression.ZipFile]::CreateFromDirectory($publish, $Package)
}

function Deploy-Code {
  $app = Get-Output functionAppName
  if (-not $Packages) {
    $script:Packages = Join-Path ([Environment]::GetFolderPath('LocalApplicationData', 'Create')) 'pendosync' 'packages' $app
  }
  $current, $last = 'current.zip', 'last.zip' | ForEach-Object { Join-Path $Packages $_ }
  if ($Rollback) {
    if (-not (Test-Path $last)) { Fail "no last package is kept in $Packages; deploy the former commit or release again" }
    $script:Package = $last
  } elseif (-not $Package) { Build-Package }
  Say "Deploying to $app"
  # For Flex Consumption this command takes the one-deploy way with your own sign-in, so publishing passwords stay off.
  Invoke-Az functionapp deployment source config-zip --resource-group $ResourceGroup --name $app --src $Package --output none
  New-Item -ItemType Directory -Force $Packages | Out-Null
  Copy-Item $Package (Join-Path $Packages 'new.zip')
  if (Test-Path $current) { Move-Item $current $last -Force }
  Move-Item (Join-Path $Packages 'new.zip') $current
}

# The key goes to curl through its standard input, not its arguments.
function Wait-For([string] $what, [string] $url, [string] $key) {
  for ($try = 1; $try -le 60; $try++) {
    $header = $key ? "x-functions-key: $key" : 'accept: application/json'
    $header | curl --silent --show-error --fail --max-time 60 --header '@-' --output (Join-Path $work 'answer') $url 2>$null
    if (-not $LASTEXITCODE) { Say "$what answers"; return }
    # Roles may take ten minutes to work.
    Start-Sleep -Seconds $pause
  }
  Fail "$what does not answer; infra/README.md, 'When something is wrong', says where to look; -Rollback brings the last package back"
}

function Test-App {
  $url = Get-Output functionAppUrl
  Wait-For "GET $url/api/health" "$url/api/health"
  $key = Invoke-Az keyvault secret show --vault-name (Get-Output vaultName) --name $apiKey --query value --output tsv
  Wait-For "GET $url/api/syncs" "$url/api/syncs" $key
  Get-Content (Join-Path $work 'answer')
}

$pause = $env:PENDOSYNC_DEPLOY_PAUSE ?? 10
Read-Arguments
Confirm-Tools
$work = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "pendosync-$([guid]::NewGuid())")).FullName
try {
  if (Deploys) { Confirm-Definitions }
  if (Wanted infra) { Deploy-Infra }
  if ($WhatIf) { return }
  if (Wanted secrets) { Deploy-Secrets }
  if (Wanted code) { Deploy-Code }
  if (Wanted test) { Test-App }
  Say 'Done'
} finally { Remove-Item $work -Recurse -Force }
