metadata description = 'The alerts an operator needs, on the app\'s own metrics and on the dead-letter queues, and who is told.'

@description('First part of the names.')
param namePrefix string

@description('Address to mail; empty for none.')
param email string

@description('Workspace that holds the metrics.')
param workspaceId string

@description('Service Bus namespace.')
param serviceBusId string

@description('Hours without a successful run of a sync.')
param hoursWithoutSuccess int

@description('Calls refused by Pendo in an hour because of their rate.')
param throttledCallsPerHour int

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

var actionGroupIds = empty(email) ? [] : [actionGroup.id]

// Several instances report the same sync, and one may have read its checkpoint earlier: the smallest value is the newest.
// No value at all means that the app itself stands still.
var secondsSinceSuccess = '''
let measured = AppMetrics
| where Name == 'pendosync.seconds_since_success'
| summarize Seconds = min(Sum) by Sync = tostring(Properties.sync);
union measured, (measured | summarize Syncs = count() | where Syncs == 0 | project Sync = 'none reported', Seconds = real(1000000000))
'''
var failedRuns = '''
AppMetrics
| where Name == 'pendosync.runs' and tostring(Properties.state) in ('failed', 'stopped')
| summarize Runs = sum(Sum) by Sync = tostring(Properties.sync)
'''
var recordsGivenUp = '''
AppMetrics
| where Name == 'pendosync.records' and tostring(Properties.outcome) == 'given_up'
| summarize Records = sum(Sum) by Sync = tostring(Properties.sync)
'''
var throttledCalls = '''
AppMetrics
| where Name == 'pendosync.throttled'
| summarize Calls = sum(Sum) by Sync = tostring(Properties.sync)
'''

// A window of two evaluations, so that metrics that arrive late are still seen.
var logAlerts = [
  {
    name: '${namePrefix}-no-success'
    description: 'A sync has had no successful run for ${hoursWithoutSuccess} hours, or the app reports nothing. See GET /api/syncs.'
    severity: 1
    query: secondsSinceSuccess
    column: 'Seconds'
    threshold: hoursWithoutSuccess * 3600
    window: 'PT1H'
  }
  {
    name: '${namePrefix}-failed-runs'
    description: 'A run failed or was stopped by a limit. GET /api/syncs/{name}/runs shows the error and its fix.'
    severity: 1
    query: failedRuns
    column: 'Runs'
    threshold: 0
    window: 'PT30M'
  }
  {
    name: '${namePrefix}-given-up'
    description: 'Records were given up after all tries. They are sent again later; GET /api/syncs/{name}/rejected shows why they failed.'
    severity: 2
    query: recordsGivenUp
    column: 'Records'
    threshold: 0
    window: 'PT30M'
  }
  {
    name: '${namePrefix}-throttled'
    description: 'Pendo refuses calls because of their rate. Lower max_calls_per_second of the connection.'
    severity: 3
    query: throttledCalls
    column: 'Calls'
    threshold: throttledCallsPerHour
    window: 'PT1H'
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: '${namePrefix}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(namePrefix, 12)
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

module onMetrics 'log-alert.bicep' = [for alert in logAlerts: {
  params: {
    name: alert.name
    alertDescription: alert.description
    severity: alert.severity
    query: alert.query
    column: alert.column
    threshold: alert.threshold
    window: alert.window
    workspaceId: workspaceId
    actionGroupIds: actionGroupIds
    location: location
    tags: tags
  }
}]

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${namePrefix}-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'Messages lie in a dead-letter queue. The app empties that of record-batches within seconds: if they stay, it cannot write its state.'
    severity: 2
    enabled: true
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
          timeAggregation: 'Minimum'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [for id in actionGroupIds: { actionGroupId: id }]
  }
}
