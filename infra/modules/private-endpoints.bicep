metadata description = 'Private endpoints of storage, vault and Service Bus, each with the DNS zone that leads to it.'

@description('Network whose names the zones answer.')
param networkId string

@description('Subnet the endpoints are put in.')
param subnetId string

@description('Storage account.')
param storageAccountId string

@description('Vault.')
param vaultId string

@description('Service Bus namespace, Premium.')
param serviceBusId string

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns (public Azure).
var storageSuffix = environment().suffixes.storage
var endpoints = [
  { name: 'blob', groupId: 'blob', target: storageAccountId, zone: 'privatelink.blob.${storageSuffix}' }
  { name: 'table', groupId: 'table', target: storageAccountId, zone: 'privatelink.table.${storageSuffix}' }
  { name: 'queue', groupId: 'queue', target: storageAccountId, zone: 'privatelink.queue.${storageSuffix}' }
  { name: 'vault', groupId: 'vault', target: vaultId, zone: 'privatelink.vaultcore.azure.net' }
  { name: 'service-bus', groupId: 'namespace', target: serviceBusId, zone: 'privatelink.servicebus.windows.net' }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for endpoint in endpoints: {
  name: endpoint.zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (endpoint, i) in endpoints: {
  parent: zones[i]
  name: 'app-network'
  location: 'global'
  tags: tags
  properties: { virtualNetwork: { id: networkId }, registrationEnabled: false }
}]

// One after another: they share a subnet, and three of them an account, which take one change at a time.
@batchSize(1)
resource privateEndpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [for endpoint in endpoints: {
  name: '${last(split(endpoint.target, '/'))}-${endpoint.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: endpoint.name
        properties: {
          // The ids are parameters; the rule does not see that through the list.
          #disable-next-line use-resource-id-functions
          privateLinkServiceId: endpoint.target
          groupIds: [endpoint.groupId]
        }
      }
    ]
  }
}]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [for (endpoint, i) in endpoints: {
  parent: privateEndpoints[i]
  name: 'default'
  properties: { privateDnsZoneConfigs: [{ name: endpoint.name, properties: { privateDnsZoneId: zones[i].id } }] }
}]
