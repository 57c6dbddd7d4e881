#!/usr/bin/env bash
# Deploys PendoFunctions: definitions checked, resource group, Bicep, secrets, code, smoke test. Safe to run again at any time.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
config="$root/src/PendoFunctions/config"
deployment=pendofunctions
api_key=pendosync-api-key
location=westeurope
parameters=''
resource_group=''
steps=''
package=''
packages=''
rollback=''
what_if=''

usage() {
  cat <<'HELP'
usage: infra/deploy.sh --resource-group NAME [options]

  -c, --config DIR           project to deploy: the folder of pendosync.yaml (default src/PendoFunctions/config);
                             all of it but names that begin with a dot
  -g, --resource-group NAME  resource group to deploy into; made if it does not exist
  -l, --location REGION      region of a new resource group (default westeurope)
  -p, --parameters FILE      .bicepparam file (default DIR/deploy/main.bicepparam if there is one, else infra/main.bicepparam)
      --only STEP            run this step only; may be given several times:
                               check    pendosync validate; goes first whenever something is deployed
                               infra    resource group and infra/main.bicep
                               secrets  ask for every ${secret:...} of the project
                               code     publish src/PendoFunctions with the project and deploy it
                               test     smoke test by HTTP
      --what-if              show what the step infra would change, and stop (also: infra/what-if)
      --rollback             deploy the package before the last one again, as it was kept on this machine
      --package FILE         deploy this package, such as one that a pipeline kept, in place of a new one
      --packages DIR         where packages are kept (default ~/.local/state/pendosync/packages/APP)
  -h, --help                 show this text

Sign in with `az login` and choose the subscription with `az account set` first. You need Owner, or Contributor and
Role Based Access Control Administrator, on the resource group or the subscription.

environment
  PENDOSYNC_ALERT_EMAIL    address for alerts (read by infra/main.bicepparam)
  PENDOSYNC_OPERATOR_ID    object id that may write secrets (default: whoever is signed in)
  PENDOSYNC_OPERATOR_TYPE  User, Group or ServicePrincipal
HELP
}

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'deploy.sh: %s\n' "$1" >&2; exit "${2:-1}"; }
wanted() { [[ -z $steps || " $steps " == *" $1 "* ]]; }

read_arguments() {
  while (($#)); do
    case "$1" in
      -h | --help) usage; exit 0 ;;
      --what-if) what_if=1; shift ;;
      --rollback) rollback=1; shift ;;
      -c | --config | -g | --resource-group | -l | --location | -p | --parameters | --only | --package | --packages)
        (($# > 1)) || fail "$1 needs a value; see --help" 2
        case "$1" in
          -c | --config) config="$2" ;;
          --package) package="$2" ;;
          --packages) packages="$2" ;;
          -g | --resource-group) resource_group="$2" ;;
          -l | --location) location="$2" ;;
          -p | --parameters) parameters="$2" ;;
          --only)
            [[ $2 =~ ^(check|infra|secrets|code|test)$ ]] || fail "unknown step $2: check, infra, secrets, code or test" 2
            steps+=" $2"
            ;;
        esac
        shift 2
        ;;
      *) fail "unknown argument $1; see --help" 2 ;;
    esac
  done
  [[ -z $rollback || -z $package ]] || fail '--rollback and --package exclude each other' 2
  # A package that was deployed before brings its project along.
  if [[ -n $rollback$package && -z $steps ]]; then steps=' code test'; fi
  if [[ -n $what_if ]]; then steps=' infra'; fi
  [[ -n $resource_group || $steps == ' check' ]] || fail 'which resource group? Give --resource-group NAME; see --help' 2
  [[ -z $package || -s $package ]] || fail "there is no package $package" 2
  [[ -f $config/pendosync.yaml ]] || fail "$config has no pendosync.yaml; --config names the folder of the project" 2
  config="$(cd "$config" && pwd)"
  if [[ -z $parameters ]]; then
    parameters="$here/main.bicepparam"
    if [[ -f $config/deploy/main.bicepparam ]]; then parameters="$config/deploy/main.bicepparam"; fi
  fi
  [[ -f $parameters ]] || fail "there is no parameter file $parameters" 2
}

# Whether this run brings definitions to Azure, or makes resources for them.
deploys() { wanted check || wanted infra || wanted secrets || { wanted code && [[ -z $rollback$package ]]; }; }

check_tools() {
  local tools=() tool
  if [[ $steps != ' check' ]]; then tools+=(az); fi
  if deploys; then tools+=(dotnet); fi
  if wanted code && [[ -z $rollback$package ]]; then tools+=(zip); fi
  if wanted secrets; then tools+=(openssl); fi
  if wanted test; then tools+=(curl); fi
  for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || fail "$tool is not installed; infra/README.md lists what is needed" 3
  done
  [[ $steps == ' check' ]] || az account show --output none 2>/dev/null || fail 'not signed in to Azure; run: az login' 3
}

# Before anything in Azure is touched: an app whose definitions are wrong would start and send nothing.
check_definitions() {
  say "Checking the definitions in $config"
  dotnet run --project "$root/src/PendoSync.Cli" --configuration Release --verbosity quiet --property:RunAnalyzers=false -- \
    validate --project "$config" >&2 ||
    fail 'the definitions are not valid; nothing in Azure was touched' 2
}

# Who may write secrets: whoever runs this, unless the environment says otherwise.
name_operator() {
  if [[ -n ${PENDOSYNC_OPERATOR_ID:-} ]]; then return; fi
  local kind name unknown='cannot look up your object id; set PENDOSYNC_OPERATOR_ID and PENDOSYNC_OPERATOR_TYPE'
  kind="$(az account show --query user.type --output tsv)"
  if [[ $kind == servicePrincipal ]]; then
    name="$(az account show --query user.name --output tsv)"
    PENDOSYNC_OPERATOR_ID="$(az ad sp show --id "$name" --query id --output tsv)" || fail "$unknown"
    PENDOSYNC_OPERATOR_TYPE=ServicePrincipal
  else
    PENDOSYNC_OPERATOR_ID="$(az ad signed-in-user show --query id --output tsv)" || fail "$unknown"
    PENDOSYNC_OPERATOR_TYPE=User
  fi
  export PENDOSYNC_OPERATOR_ID PENDOSYNC_OPERATOR_TYPE
}

# Bicep takes the template from the parameter file's using line.
show_changes() {
  if [[ $(az group exists --name "$resource_group") != true ]]; then
    say "There is no resource group $resource_group: everything in infra/main.bicep would be made"
    return
  fi
  name_operator
  az deployment group what-if --name "$deployment" --resource-group "$resource_group" --parameters "$parameters"
}

deploy_infra() {
  if [[ $(az group exists --name "$resource_group") != true ]]; then
    say "Making resource group $resource_group in $location"
    az group create --name "$resource_group" --location "$location" --output none
  fi
  # The subnet of a Flex Consumption app is delegated to this provider.
  if grep -Eq '^[[:space:]]*param[[:space:]]+privateNetwork[[:space:]]*=[[:space:]]*true' "$parameters"; then
    az provider register --namespace Microsoft.App --wait --output none
  fi
  name_operator
  say 'Deploying infra/main.bicep (about five minutes the first time)'
  az deployment group create --name "$deployment" --resource-group "$resource_group" --parameters "$parameters" --output none
}

output() {
  local value
  # azd deploys under a name of its own, and hands outputs to its hooks as variables.
  if [[ -n ${AZURE_ENV_NAME:-} && -n ${!1:-} ]]; then printf '%s' "${!1}"; return; fi
  value="$(az deployment group show --name "$deployment" --resource-group "$resource_group" \
    --query "properties.outputs.$1.value" --output tsv)" ||
    fail "nothing is deployed in $resource_group; run deploy.sh without --only first"
  [[ -n $value ]] || fail "the deployment in $resource_group has no output $1; run deploy.sh --only infra"
  printf '%s' "$value"
}

# Names of the secrets that the configuration refers to, comments left out.
secret_names() {
  find "$config/pendosync.yaml" "$config/syncs" \( -name '*.yaml' -o -name '*.yml' \) -exec sed -E 's/(^|[[:space:]])#.*$//' {} + |
    grep -oE '\$\{secret:[A-Za-z0-9-]+\}' | sed -E 's/^\$\{secret:(.*)\}$/\1/' | sort -u
}

wait_for_vault() {
  local vault="$1" try answer=''
  for ((try = 1; try <= 60; try++)); do
    if answer="$(az keyvault secret list --vault-name "$vault" --maxresults 1 --output none 2>&1)"; then return; fi
    if ((try == 1)); then say "Waiting for your role on vault $vault (up to ten minutes)"; fi
    sleep 10
  done
  printf '%s\n' "$answer" >&2
  fail "vault $vault still refuses: you need Key Vault Secrets Officer and, with privateNetwork, an address in vaultAllowedIpRanges"
}

# The key that callers of the HTTP API show; made once, and again when its secret is deleted.
put_api_key() {
  local vault="$1"
  if az keyvault secret show --vault-name "$vault" --name "$api_key" --query id --output none 2>/dev/null; then return; fi
  openssl rand -hex 32 | tr -d '\n' | az keyvault secret set --vault-name "$vault" --name "$api_key" \
    --file /dev/stdin --encoding utf-8 --output none
  say "Made the API key and put it into vault $vault as $api_key"
}

put_secrets() {
  local vault name value known names=()
  vault="$(output vaultName)"
  wait_for_vault "$vault"
  put_api_key "$vault"
  mapfile -t names < <(secret_names)
  ((${#names[@]})) || { say 'The configuration needs no secrets'; return; }
  for name in "${names[@]}"; do
    known=''
    if az keyvault secret show --vault-name "$vault" --name "$name" --query id --output none 2>/dev/null; then
      known=' (Enter keeps the present one)'
    fi
    value=''
    printf '%s%s: ' "$name" "$known" >&2
    IFS= read -rs value || true
    printf '\n' >&2
    if [[ -z $value ]]; then
      [[ -n $known ]] || fail "$name was not given and is not in vault $vault yet"
      continue
    fi
    # Through a pipe: arguments of a process can be read by everyone on the machine.
    printf '%s' "$value" | az keyvault secret set --vault-name "$vault" --name "$name" \
      --file /dev/stdin --encoding utf-8 --output none
    say "Put $name into vault $vault"
  done
}

# Flex Consumption is Linux on x64: the natives of other systems stay out.
publish() {
  dotnet publish "$root/src/PendoFunctions" --configuration Release --runtime linux-x64 --no-self-contained \
    --output "$1" --nologo --verbosity quiet -p:RunAnalyzers=false >&2
  rm -rf "$1/config"
  mkdir "$1/config"
  # Names with a dot hold secrets, state and what tools keep.
  (cd "$config" && find . \( -name '.?*' -o -name node_modules \) -prune -o -type f -print0 | tar --null -cf - -T -) |
    tar -xf - -C "$1/config"
}

# A dbt manifest may lie outside the configuration on this machine: the app gets a copy, and its definitions name that one.
bring_manifests() {
  local folder="$1" file path copy text
  while IFS= read -r -d '' file; do
    while IFS= read -r path; do
      [[ $path != /* && -f $folder/$path ]] && continue
      [[ $path == /* ]] && copy="$path" || copy="$config/$path"
      [[ -f $copy ]] || fail "$(basename "$file"): there is no dbt manifest '$path'; run dbt parse first"
      mkdir -p "$folder/dbt"
      text="dbt/$(printf '%s' "$path" | cksum | cut -d ' ' -f 1).json"
      cp "$copy" "$folder/$text"
      copy="$(<"$file")"
      printf '%s\n' "${copy//"$path"/"$text"}" >"$file"
    done < <(sed -E 's/(^|[[:space:]])#.*$//' "$file" | sed -nE "s/(^|.*[[:space:],{])manifest:[[:space:]]*[\"']?([^\"',}]*[^\"',}[:space:]]).*/\2/p")
  done < <(find "$folder/syncs" -name '*.y*ml' -print0 2>/dev/null)
}

# What the Functions host reads first. A package without it is deployed without a word, and starts without functions.
check_package() {
  local folder="$1" part worker
  [[ ! -e $folder/BUILT-WITH-SUBSTITUTE.txt ]] ||
    fail "the package was built with the tests' substitute of the Service Bus extension; unset UseServiceBusSubstitute, run dotnet clean, and deploy again"
  for part in host.json extensions.json functions.metadata worker.config.json .azurefunctions config/pendosync.yaml; do
    [[ -s $folder/$part ]] || fail "the publish folder has no $part; the app would start without functions"
  done
  grep -q 'Microsoft\.Azure\.WebJobs\.Extensions\.ServiceBus' "$folder/extensions.json" ||
    fail 'extensions.json does not load the Service Bus extension; no message would be received'
  for part in httpTrigger serviceBusTrigger timerTrigger; do
    grep -q "\"$part\"" "$folder/functions.metadata" || fail "functions.metadata lists no function with a $part"
  done
  worker="$(sed -nE 's/.*"defaultWorkerPath": *"([^"]+)".*/\1/p' "$folder/worker.config.json")"
  [[ -n $worker && -s $folder/$worker ]] || fail "worker.config.json starts '$worker', which is not in the package"
}

build_package() {
  say 'Publishing src/PendoFunctions'
  publish "$work/publish"
  bring_manifests "$work/publish/config"
  check_package "$work/publish"
  (cd "$work/publish" && zip --quiet --recurse-paths "$work/app.zip" .)
  package="$work/app.zip"
}

deploy_code() {
  local app
  app="$(output functionAppName)"
  packages="${packages:-${XDG_STATE_HOME:-$HOME/.local/state}/pendosync/packages/$app}"
  if [[ -n $rollback ]]; then
    package="$packages/last.zip"
    [[ -s $package ]] || fail "no last package is kept in $packages; deploy the former commit or release again"
  elif [[ -z $package ]]; then
    build_package
  fi
  say "Deploying to $app"
  # For Flex Consumption this command takes the one-deploy way with your own sign-in, so publishing passwords stay off.
  az functionapp deployment source config-zip --resource-group "$resource_group" --name "$app" \
    --src "$package" --output none
  mkdir -p "$packages"
  cp "$package" "$packages/new.zip"
  if [[ -e $packages/current.zip ]]; then mv "$packages/current.zip" "$packages/last.zip"; fi
  mv "$packages/new.zip" "$packages/current.zip"
}

get() { curl --silent --show-error --fail --max-time 60 --output "$work/answer" "$@" 2>"$work/curl.log"; }

# The key goes to curl through its standard input, not its arguments.
get_with_key() { printf 'x-functions-key: %s\n' "$1" | get --header @- "$2"; }

wait_for() {
  local what="$1" try
  shift
  # Roles may take ten minutes to work.
  for ((try = 1; try <= 60; try++)); do
    if "$@"; then say "$what answers"; return; fi
    sleep 10
  done
  cat "$work/curl.log" >&2
  fail "$what does not answer; infra/README.md, 'When something is wrong', says where to look; --rollback brings the last package back"
}

smoke_test() {
  local url key
  url="$(output functionAppUrl)"
  wait_for "GET $url/api/health" get "$url/api/health"
  key="$(az keyvault secret show --vault-name "$(output vaultName)" --name "$api_key" --query value --output tsv)"
  wait_for "GET $url/api/syncs" get_with_key "$key" "$url/api/syncs"
  cat "$work/answer"
  printf '\n'
}

main() {
  read_arguments "$@"
  check_tools
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  if deploys; then check_definitions; fi
  if [[ -n $what_if ]]; then show_changes; return; fi
  if wanted infra; then deploy_infra; fi
  if wanted secrets; then put_secrets; fi
  if wanted code; then deploy_code; fi
  if wanted test; then smoke_test; fi
  say 'Done'
}

# Tests call single functions.
[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
