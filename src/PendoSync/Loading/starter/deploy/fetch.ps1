# Fetches the release that release.env names into .release/, by its checksums; what is there already stays.
# usage: deploy/fetch.ps1 tool     the command: .release/tool/pendosync
#        deploy/fetch.ps1 azure    what deploys it: .release/azure/infra/deploy.ps1
param([Parameter(Mandatory)] [ValidateSet('azure', 'tool')] [string] $What)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$set = @{}
foreach ($line in Get-Content (Join-Path $PSScriptRoot 'release.env')) {
  if ($line -match '^(\w+)=\$\{\w+:-(.*)\}$') { $set[$Matches[1]] = [Environment]::GetEnvironmentVariable($Matches[1]) ?? $Matches[2] }
}
$version = $set.PENDOSYNC_VERSION
$processor = "$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture)".ToLower()
$system = if ($IsMacOS) { 'osx-arm64' } elseif ($IsLinux) { "linux-$processor" } else { 'win-x64' }
$file = if ($What -eq 'azure') { "pendosync-$version-azure.zip" }
  elseif ($system -eq 'win-x64') { "pendosync-$version-$system.zip" }
  else { "pendosync-$version-$system.tar.gz" }
$root = Split-Path $PSScriptRoot
$target = Join-Path $root '.release' $What
$mark = Join-Path $target '.fetched'
if ((Test-Path $mark) -and (Get-Content $mark) -eq $file) { return }

$work = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "pendosync-$([guid]::NewGuid())")
try {
  foreach ($part in $file, 'SHA256SUMS') {
    $address = "$($set.PENDOSYNC_RELEASES)/v$version/$part"
    if ($address -like 'file:*') { Copy-Item ([uri]$address).LocalPath (Join-Path $work $part) }
    else { Invoke-WebRequest -Uri $address -OutFile (Join-Path $work $part) }
  }
  $told = (Get-Content (Join-Path $work 'SHA256SUMS') | Where-Object { $_ -like "*  $file" }) -split '  '
  $found = (Get-FileHash (Join-Path $work $file) -Algorithm SHA256).Hash.ToLower()
  if (-not $told -or $told[0] -ne $found) { throw "$file is not what SHA256SUMS says" }
  $new = New-Item -ItemType Directory (Join-Path $work 'new')
  if ($file -like '*.zip') { Expand-Archive (Join-Path $work $file) $new } else { tar -xzf (Join-Path $work $file) -C $new }
  $from = if ($What -eq 'azure') { (Get-ChildItem $new -Directory -Filter 'pendosync-*')[0].FullName } else { $new.FullName }
  if (Test-Path $target) { Remove-Item $target -Recurse -Force }
  New-Item -ItemType Directory -Force (Split-Path $target) | Out-Null
  Copy-Item $from $target -Recurse -Force
  Set-Content $mark $file
} finally {
  Remove-Item $work -Recurse -Force
}
Write-Host "fetched $file"
