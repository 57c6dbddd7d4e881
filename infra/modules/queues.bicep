metadata description = 'The Service Bus namespace with the two queues of the app. Entra only, no keys.'

@description('Name of the namespace.')
param namespaceName string

@description('Queues to make.')
param queueNames string[]

@description('Premium instead of Standard: private endpoints need it.')
param premium bool

@description('Messaging units of a Premium namespace.')
param messagingUnits int

@description('How long message ids are remembered to drop duplicates.')
param duplicateDetectionWindow string

@description('Workspace that takes the diagnostics.')
param workspaceId string

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

var tier = premium ? 'Premium' : 'Standard'

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: namespaceName
  location: location
  tags: tags
  sku: premium ? { name: tier, tier: tier, capacity: messagingUnits } : { name: tier, tier: tier }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: premium ? 'Disabled' : 'Enabled'
  }

  // Duplicate detection can only be chosen when a queue is created: changing it later needs a new queue.
  // One after another: a namespace answers 409 while another of its entities is being written.
  @batchSize(1)
  resource queues 'queues' = [for queueName in queueNames: {
    name: queueName
    properties: {
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: duplicateDetectionWindow
      lockDuration: 'PT5M'
      maxDeliveryCount: 10
      // A batch is given up 24 h after it was first enqueued; expiry must reach the dead-letter queue to be counted.
      defaultMessageTimeToLive: 'P1D'
      deadLetteringOnMessageExpiration: true
      enablePartitioning: false
      maxSizeInMegabytes: 5120
    }
  }]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  // Logs only: the platform keeps the metrics for 93 days without being asked or paid.
  properties: { workspaceId: workspaceId, logs: [{ category: 'OperationalLogs', enabled: true }] }
}

@description('Resource id of the namespace.')
output namespaceId string = namespace.id

@description('Name of the namespace.')
output namespaceName string = namespace.name

@description('Host name that clients connect to.')
output hostName string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
