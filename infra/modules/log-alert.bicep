metadata description = 'One alert on a query over the app\'s metrics; it fires for each sync apart and clears by itself.'

@description('Name, also shown in the mail.')
param name string

@description('What it means and what to do.')
param alertDescription string

@description('0 is critical, 3 is informational.')
@minValue(0)
@maxValue(4)
param severity int

@description('KQL that gives one row for each sync, with the columns Sync and the measured one.')
param query string

@description('Column that is compared with the threshold.')
param column string

@description('Fires above this.')
param threshold int

@description('Span the query looks at.')
param window string

@description('Workspace that is queried.')
param workspaceId string

@description('Who is told.')
param actionGroupIds string[]

@description('Azure region.')
param location string

@description('Tags.')
param tags { *: string }

resource alert 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: name
    description: alertDescription
    severity: severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT15M'
    windowSize: window
    autoMitigate: true
    // A new workspace has no AppMetrics yet, and the check of the query would refuse it.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: query
          metricMeasureColumn: column
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: threshold
          dimensions: [{ name: 'Sync', operator: 'Include', values: ['*'] }]
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: actionGroupIds }
  }
}
