metadata description = 'The function app on Flex Consumption, with every setting it reads. It holds no secret: all connections use the identity.'

@description('Name of the function app.')
param name string

@description('Name of the plan.')
param planName string

@description('Resource id of the app\'s identity.')
param identityId string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Storage account of the host and the state.')
param storageAccountName string

@description('Container of the deployed package.')
param deploymentContainerUrl string

@description('Host name of the Service Bus namespace.')
param serviceBusHostName string

@description('Queue of batches to deliver.')
param recordBatchesQueue string

@description('Queue of syncs to run.')
param syncRequestsQueue string

@description('NCRONTAB of the clock.')
param syncTimer string

@description('Address of the vault.')
param vaultUri string

@description('Application Insights component.')
param applicationInsightsName string

@description('Upper bound of on-demand instances.')
param maximumInstanceCount int

@description('Memory of an instance.')
param instanceMemoryMB int

@description('Syncs planned at once on an instance.')
param plansAtOnce int

@description('Instances kept warm.')
param alwaysReady { name: string, instanceCount: int }[]

@description('More app settings.')
param extraAppSettings { *: string }

@description('Subnet of the app; empty for none.')
param subnetId string

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: storageAccountName }

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = { name: applicationInsightsName }

// A user-assigned identity must be named in each connection; AZURE_CLIENT_ID would not reach the scale controller.
// https://learn.microsoft.com/azure/azure-functions/manage-connections
var settings = {
  AzureWebJobsStorage__blobServiceUri: account.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: account.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: serviceBusHostName
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  // Flat names: the scale controller cannot resolve a nested one in %...%.
  RecordBatchesQueue: recordBatchesQueue
  SyncRequestsQueue: syncRequestsQueue
  SyncTimer: syncTimer
  PendoSync__PlansAtOnce: string(plansAtOnce)
  StateTables__serviceUri: account.properties.primaryEndpoints.table
  KeyVault__uri: vaultUri
  ManagedIdentity__ClientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', http20Enabled: true, alwaysOn: false }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReady
      }
    }
  }

  // One after another: a site answers 409 while another of its parts is being written.
  resource ftpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    dependsOn: [ftpPasswords]
    properties: { allow: false }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    dependsOn: [scmPasswords]
    properties: union(settings, extraAppSettings)
  }
}

@description('Name of the function app.')
output name string = app.name

@description('Base address of the HTTP API.')
output url string = 'https://${app.properties.defaultHostName}'
