metadata description = 'PendoFunctions in one resource group: the function app, its queues, state, secrets, telemetry, alerts and, if wanted, its own network.'

@description('Names to use instead of the derived ones; leave out what may be derived.')
@sealed()
type resourceNames = {
  @description('Function app; also the first label of its host name, so unique in the world.')
  functionApp: string?
  @description('Flex Consumption plan.')
  plan: string?
  @description('User-assigned managed identity.')
  identity: string?
  @description('Storage account: 3 to 24 lower-case letters and digits, unique in the world.')
  storageAccount: string?
  @description('Service Bus namespace: 6 to 50 characters, unique in the world.')
  serviceBus: string?
  @description('Key Vault: 3 to 24 characters, unique in the world, taken until a deleted vault of this name is purged.')
  vault: string?
  @description('Log Analytics workspace.')
  workspace: string?
  @description('Application Insights component.')
  applicationInsights: string?
  @description('Virtual network.')
  network: string?
}

@description('Instances kept warm for each group of functions, billed all the time; a group that is left out has none. An instance of 2 GB costs about 21 USD a month without doing anything.')
@sealed()
type alwaysReadyInstances = {
  @description('The HTTP API and the status page.')
  http: int?
  @description('The clock.')
  scheduledSync: int?
  @description('Planning of syncs: reads the warehouse.')
  requestedSync: int?
  @description('Delivery of batches to Pendo.')
  deliverBatch: int?
  @description('Batches that the queue gave up.')
  deadLetteredBatch: int?
}

@description('Azure region of every resource. Flex Consumption is not in all: az functionapp list-flexconsumption-locations lists them.')
param location string = resourceGroup().location

@description('First part of every derived name: lower-case letters, digits and hyphens, beginning with a letter.')
@minLength(3)
@maxLength(10)
param namePrefix string = 'pendosync'

@description('Names to use instead of the derived ones.')
param names resourceNames = {}

@description('Tags of every resource that can have tags.')
param tags { *: string } = {}

@description('Upper bound of on-demand instances of each group of functions: HTTP, the clock, planning, delivery and dead letters are five. It bounds cost and connections to the warehouse, not the calls to Pendo: those are bounded by max_calls_per_second. Azure documents 1 to 1000; regions that are behind refuse 1 to 39.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Memory of an instance. The syncs planned at once on it may have 40 million records together with 2048, 100 million with 4096, 5 million with 512.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Syncs planned at once on an instance; a request beyond waits in its queue. Planning is what takes memory.')
@minValue(1)
@maxValue(16)
param plansAtOnce int = 2

@description('Instances kept warm, such as { requestedSync: 1, deliverBatch: 1 }. Normally none: Azure takes an instance away after about 30 seconds without work, and the first message after that waits for a new one.')
param alwaysReady alwaysReadyInstances = {}

@description('Six-field NCRONTAB of the clock that starts due syncs, in UTC. A sync cannot be due more often than this.')
param syncTimer string = '0 * * * * *'

@description('More app settings, such as { AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls: \'4\' }. Never a secret: those belong in the vault. A deployment replaces all settings, so set them here and not by hand.')
param extraAppSettings { *: string } = {}

@description('Let the identity read the length of its queues, so that Azure starts as many instances as wait for work. Reading it takes the right to manage the queue (Service Bus Data Owner, on the two queues only). Off, the identity may only send and receive, and Azure guesses: one instance at a time, seen to wake up late or not at all.')
param targetBasedScaling bool = true

@description('Object id of the person or pipeline that puts secrets into the vault (Key Vault Secrets Officer); empty for none. deploy.sh fills it in.')
param operatorPrincipalId string = ''

@description('What the operator is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Secrets to write into the vault: name to value, such as { \'pendo-integration-key\': \'...\' }. Empty writes none and leaves those in the vault alone; deploy.sh asks for them instead.')
@secure()
param secrets { *: string } = {}

@description('How long Service Bus remembers message ids to drop duplicates: at least as long as a planner may take to be replaced.')
param duplicateDetectionWindow string = 'PT1H'

@description('Messaging units of the Premium namespace, used with privateNetwork only. Each costs about 677 USD a month.')
@allowed([1, 2, 4, 8, 16])
param premiumMessagingUnits int = 1

@description('Redundancy of the state and the deployed package. State lost with a region is rebuilt by sending every record again; events would be sent twice.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Days a deleted secret or vault can be recovered. Fixed once the vault exists.')
@minValue(7)
@maxValue(90)
param vaultRetentionInDays int = 90

@description('Days logs are kept. The first 31 days cost nothing.')
@minValue(30)
@maxValue(730)
param logRetentionInDays int = 30

@description('Gigabytes of logs a day after which no more is taken until the next day; -1 for no bound. A stop also silences the log alerts.')
@minValue(-1)
param dailyLogQuotaGb int = 2

@description('Storage operations to log. StorageRead and StorageWrite log every state access and every lease renewal and can cost more than everything else.')
param storageLogCategories ('StorageRead' | 'StorageWrite' | 'StorageDelete')[] = ['StorageDelete']

@description('Address that alerts are mailed to; empty keeps alerts in the portal only.')
param alertEmail string = ''

@description('Alert when a sync has had no successful run for this many hours.')
@minValue(1)
@maxValue(720)
param hoursWithoutSuccess int = 24

@description('Alert when Pendo refuses more than this many calls in an hour because of their rate.')
@minValue(0)
param throttledCallsPerHour int = 100

@description('Put the app into a virtual network of its own, reach storage, vault and Service Bus through private endpoints only, and go out through one fixed address. Service Bus must then be Premium: about 677 USD a month for each messaging unit instead of 10, and endpoints and gateway cost about 75 more.')
param privateNetwork bool = false

@description('Address space of the network, used with privateNetwork only: /25 or larger. Its first /26 is for the app, the second for private endpoints.')
param vnetAddressPrefix string = '10.80.0.0/24'

@description('Public addresses (CIDR) that may still reach the vault with privateNetwork, such as that of the operator who runs deploy.sh; empty closes it.')
param vaultAllowedIpRanges string[] = []

var suffix = uniqueString(resourceGroup().id)
var storageAccountName = names.?storageAccount ?? '${replace(namePrefix, '-', '')}${suffix}'
// A Standard namespace cannot become Premium: the other tier needs another name.
var serviceBusName = names.?serviceBus ?? '${namePrefix}-${privateNetwork ? 'premium' : 'standard'}-${suffix}'
var vaultName = names.?vault ?? '${namePrefix}-${suffix}'
var recordBatchesQueue = 'record-batches'
var syncRequestsQueue = 'sync-requests'
var applicationInsightsName = names.?applicationInsights ?? '${namePrefix}-insights-${suffix}'

module identity 'modules/identity.bicep' = {
  params: { name: names.?identity ?? '${namePrefix}-id-${suffix}', location: location, tags: tags }
}

module telemetry 'modules/telemetry.bicep' = {
  params: {
    workspaceName: names.?workspace ?? '${namePrefix}-logs-${suffix}'
    applicationInsightsName: applicationInsightsName
    retentionInDays: logRetentionInDays
    dailyQuotaGb: dailyLogQuotaGb
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageAccountName
    sku: storageSku
    publicAccess: !privateNetwork
    workspaceId: telemetry.outputs.workspaceId
    logCategories: storageLogCategories
    location: location
    tags: tags
  }
}

module queues 'modules/queues.bicep' = {
  params: {
    namespaceName: serviceBusName
    queueNames: [recordBatchesQueue, syncRequestsQueue]
    premium: privateNetwork
    messagingUnits: premiumMessagingUnits
    duplicateDetectionWindow: duplicateDetectionWindow
    workspaceId: telemetry.outputs.workspaceId
    location: location
    tags: tags
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: vaultName
    retentionInDays: vaultRetentionInDays
    publicAccess: !privateNetwork
    allowedIpRanges: vaultAllowedIpRanges
    secrets: secrets
    workspaceId: telemetry.outputs.workspaceId
    location: location
    tags: tags
  }
}

module access 'modules/access.bicep' = {
  // Names, not outputs, say where the roles are given: what-if can then show them before anything exists.
  dependsOn: [storage, queues, vault]
  params: {
    #disable-next-line what-if-short-circuiting // Known only once the identity exists.
    appPrincipalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    storageAccountName: storageAccountName
    serviceBusName: serviceBusName
    queueNames: [recordBatchesQueue, syncRequestsQueue]
    ownQueues: targetBasedScaling
    vaultName: vaultName
    applicationInsightsName: applicationInsightsName
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: names.?network ?? '${namePrefix}-net-${suffix}'
    addressPrefix: vnetAddressPrefix
    location: location
    tags: tags
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  params: {
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    storageAccountId: storage.outputs.id
    vaultId: vault.outputs.id
    serviceBusId: queues.outputs.namespaceId
    location: location
    tags: tags
  }
}

module app 'modules/app.bicep' = {
  // The host reads its storage and its queues the moment it starts; without its roles and routes it would start into errors.
  dependsOn: [access, privateEndpoints]
  params: {
    name: names.?functionApp ?? '${namePrefix}-${suffix}'
    planName: names.?plan ?? '${namePrefix}-plan-${suffix}'
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storageAccountName
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    serviceBusHostName: queues.outputs.hostName
    recordBatchesQueue: recordBatchesQueue
    syncRequestsQueue: syncRequestsQueue
    syncTimer: syncTimer
    vaultUri: vault.outputs.uri
    applicationInsightsName: applicationInsightsName
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    plansAtOnce: plansAtOnce
    // The names Azure scales by: all HTTP functions are one group, every other function one of its own. It keeps them in lower case.
    alwaysReady: filter(
      [
        { name: 'http', instanceCount: alwaysReady.?http ?? 0 }
        { name: 'function:scheduledsync', instanceCount: alwaysReady.?scheduledSync ?? 0 }
        { name: 'function:requestedsync', instanceCount: alwaysReady.?requestedSync ?? 0 }
        { name: 'function:deliverbatch', instanceCount: alwaysReady.?deliverBatch ?? 0 }
        { name: 'function:deadletteredbatch', instanceCount: alwaysReady.?deadLetteredBatch ?? 0 }
      ],
      group => group.instanceCount > 0
    )
    extraAppSettings: extraAppSettings
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    location: location
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    namePrefix: namePrefix
    email: alertEmail
    workspaceId: telemetry.outputs.workspaceId
    serviceBusId: queues.outputs.namespaceId
    hoursWithoutSuccess: hoursWithoutSuccess
    throttledCallsPerHour: throttledCallsPerHour
    location: location
    tags: tags
  }
}

@description('Function app.')
output functionAppName string = app.outputs.name

@description('Base address of the HTTP API.')
output functionAppUrl string = app.outputs.url

@description('Vault that holds the secrets.')
output vaultName string = vault.outputs.name

@description('Address of the vault.')
output vaultUri string = vault.outputs.uri

@description('Storage account with the state and the deployed package.')
output storageAccountName string = storage.outputs.name

@description('Service Bus namespace.')
output serviceBusName string = queues.outputs.namespaceName

@description('Queues of the app.')
output queueNames string[] = [recordBatchesQueue, syncRequestsQueue]

@description('Application Insights component.')
output applicationInsightsName string = telemetry.outputs.applicationInsightsName

@description('Log Analytics workspace.')
output workspaceName string = telemetry.outputs.workspaceName

@description('Client id of the app\'s identity, for a warehouse that signs in with Entra.')
output identityClientId string = identity.outputs.clientId

@description('Name of the app\'s identity, as a warehouse user is named after it.')
output identityName string = identity.outputs.name

@description('With privateNetwork, the network to peer with the warehouse\'s.')
output networkId string = privateNetwork ? network!.outputs.id : ''

@description('With privateNetwork, the one address the app calls out from, for the warehouse\'s allow list.')
output outboundAddress string = privateNetwork ? network!.outputs.outboundAddress : ''
