metadata description = 'Storage for the state tables, the deployed package and the leases of the Functions host. Entra only, no keys.'

@description('Name of the account.')
param name string

@description('Redundancy.')
param sku string

@description('Whether the account can be reached from public networks.')
param publicAccess bool

@description('Workspace that takes the diagnostics.')
param workspaceId string

@description('Operations to log.')
param logCategories string[]

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

// The app may not create tables where a deployment can: the names are those of its StateStore.
var stateTables = ['SyncCheckpoints', 'SyncRuns', 'SyncReceipts', 'SyncSnapshots', 'SyncRejections', 'Shared']
var deploymentContainerName = 'deployments'
var logs = [for category in logCategories: { category: category, enabled: true }]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: { defaultAction: publicAccess ? 'Allow' : 'Deny', bypass: 'None' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource deployments 'containers' = {
      name: deploymentContainerName
      properties: { publicAccess: 'None' }
    }
  }

  resource tables 'tableServices' = {
    name: 'default'
    // One service after another: an account answers StorageAccountOperationInProgress while another is being written.
    dependsOn: [blobs::deployments]

    @batchSize(1)
    resource state 'tables' = [for table in stateTables: {
      name: table
    }]
  }
}

resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::blobs
  properties: { workspaceId: workspaceId, logs: logs }
}

resource tableDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::tables
  properties: { workspaceId: workspaceId, logs: logs }
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Container that Flex Consumption keeps the deployed package in.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${deploymentContainerName}'
