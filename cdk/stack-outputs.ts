/** The outputs of the stack: addresses, and the names by which the tools of this project find their way. */
import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { Alarms } from './alarms/alarms.ts'
import type { Apis, Consumers, Schedules, Stores } from './stack-parts.ts'

/** The addresses for apps and readers, by the names of their outputs. */
type Addresses = Readonly<Record<string, string>> & {
  readonly RestUrl: string
  readonly WebSocketUrl: string
}

/** Returns the addresses of the edge; without one, those of the APIs. */
export function addressesOf({ realtime, rest, edge }: Apis): Addresses {
  if (edge === undefined) return { WebSocketUrl: realtime.url, RestUrl: rest.url }
  return {
    WebSocketUrl: edge.webSocketUrl,
    RestUrl: edge.restUrl,
    PageUrl: edge.pageUrl,
    PageBucket: edge.pageBucket,
    EdgeTarget: edge.target,
  }
}

export function addOutputs(
  stack: Stack,
  parts: Stores & Apis & Consumers & Schedules & { readonly alarms: Alarms },
): void {
  const { tokens, realtime, tables, alarms, archive, failed, store, schedule } = parts
  const outputs: Readonly<Record<string, string>> = {
    ...addressesOf(parts),
    ConnectionsUrl: realtime.url,
    TokenIssuer: tokens.issuer,
    TokenAudience: tokens.userAudience,
    AlarmPageTopic: alarms.topics.page.topicArn,
    AlarmNoticeTopic: alarms.topics.notice.topicArn,
    ArchiveBucket: archive.bucket.bucketName,
    // npm run ops finds its way by these.
    ControlTable: tables.control.tableName,
    UsersTable: tables.users.tableName,
    ConnectionsTable: tables.connections.tableName,
    BoardsTable: tables.boards.tableName,
    TicksTable: tables.ticks.tableName,
    FailedBatches: failed.bucket.bucketName,
    StoreTicks: store.storeTicks.live.functionArn,
    MarketHours: schedule.marketHours.live.functionArn,
  }
  for (const [name, value] of Object.entries(outputs))
    new CfnOutput(stack, `${name}Output`, { value }).overrideLogicalId(name)
}
