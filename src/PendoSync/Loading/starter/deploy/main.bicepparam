// What is deployed, and how large. Every parameter, with its default, is described in .release/azure/infra/README.md.
// `deploy/fetch.sh azure` brings the template that the next line names.
using '../.release/azure/infra/main.bicep'

// First part of every name; the rest is derived from the resource group.
param namePrefix = 'pendosync'
// The bound on cost. 1 to 39 is refused in some regions.
param maximumInstanceCount = 40

// Who may write secrets: deploy.sh sets the first name of each, azd the second.
param operatorPrincipalId = readEnvironmentVariable('PENDOSYNC_OPERATOR_ID', readEnvironmentVariable('AZURE_PRINCIPAL_ID', ''))
param operatorPrincipalType = readEnvironmentVariable('PENDOSYNC_OPERATOR_TYPE', readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User'))

// Mail for the alerts.
param alertEmail = readEnvironmentVariable('PENDOSYNC_ALERT_EMAIL', '')

// true: own network, private endpoints, one fixed outbound address, Service Bus Premium (about 750 USD a month more).
param privateNetwork = false
