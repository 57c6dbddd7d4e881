// A sample that deploys as it stands:
//   az deployment group create --resource-group rg-pendosync -f infra/main.bicep -p infra/main.bicepparam
// Copy it for each environment. Every parameter, with its default, is described in main.bicep and infra/README.md.
using './main.bicep'

// First part of every name; the rest is derived from the resource group.
param namePrefix = 'pendosync'

// Names that must follow a convention of your own can be given one by one, the others stay derived.
param names = {
  // functionApp: 'contoso-pendosync-prod'
}

param tags = {
  application: 'pendosync'
}

// The bound on cost. 1 to 39 is refused in some regions.
param maximumInstanceCount = 40
param instanceMemoryMB = 2048

// Who may write secrets. deploy.sh sets the first name of each, azd the second; without them nobody gets the role.
param operatorPrincipalId = readEnvironmentVariable('PENDOSYNC_OPERATOR_ID', readEnvironmentVariable('AZURE_PRINCIPAL_ID', ''))
param operatorPrincipalType = readEnvironmentVariable('PENDOSYNC_OPERATOR_TYPE', readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User'))

// Mail for the alerts.
param alertEmail = readEnvironmentVariable('PENDOSYNC_ALERT_EMAIL', '')
param hoursWithoutSuccess = 24

// true: own network, private endpoints, one fixed outbound address, Service Bus Premium (about 750 USD a month more).
param privateNetwork = false
// With privateNetwork, the address deploy.sh is run from, to put secrets into the vault.
param vaultAllowedIpRanges = []
