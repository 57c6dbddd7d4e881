metadata description = 'The vault that holds the Pendo keys and warehouse passwords: roles instead of policies, protected against purging.'

@description('Name of the vault.')
param name string

@description('Days a deleted secret or vault can be recovered.')
param retentionInDays int

@description('Whether the vault can be reached from public networks.')
param publicAccess bool

@description('Public addresses that may reach a vault without public access.')
param allowedIpRanges string[]

@description('Secrets to write: name to value.')
@secure()
param secrets { *: string }

@description('Workspace that takes the audit log.')
param workspaceId string

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: retentionInDays
    publicNetworkAccess: publicAccess || !empty(allowedIpRanges) ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      ipRules: [for range in allowedIpRanges: { value: range }]
    }
  }

  resource secret 'secrets' = [for item in items(secrets): if (!empty(item.value)) {
    name: item.key
    properties: { value: item.value }
  }]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: { workspaceId: workspaceId, logs: [{ category: 'AuditEvent', enabled: true }] }
}

@description('Resource id of the vault.')
output id string = vault.id

@description('Name of the vault.')
output name string = vault.name

@description('Address of the vault.')
output uri string = vault.properties.vaultUri
