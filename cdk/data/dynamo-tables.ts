/** The DynamoDB tables. */
import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { BOARDS_KEYS } from '../../tables/boards/boards-keys.ts'
import { CHANGES_INDEX, CONNECTIONS_KEYS } from '../../tables/connections/connections-keys.ts'
import { CONTROL_KEYS } from '../../tables/control/control-keys.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { USERS_KEYS } from '../../tables/users/users-keys.ts'
import { acknowledge } from '../acknowledge.ts'
import { CONNECTION_WRITE_UNITS } from '../sizing.ts'
import type { Keys } from './keys.ts'

export interface TablesProps {
  readonly keys: Keys
  /** Whether DynamoDB refuses to delete the tables that nothing can write again. */
  readonly deletionProtection: boolean
}

export class Tables extends Construct {
  /** Every tick, in packs. */
  readonly ticks: Table
  /** The latest board of every issue, the issue master, line states, phase and news. */
  readonly boards: Table
  /** The connections by room, with the issues that each connection subscribes to. */
  readonly connections: Table
  /** What the tasks and market-hours agree on: leases of lines, exceptions of the calendar, holds. */
  readonly control: Table
  /** Who may have real-time data, and who had it in which month. */
  readonly users: Table

  constructor(scope: Construct, id: string, { keys, deletionProtection }: TablesProps) {
    super(scope, id)
    const common: Partial<TableProps> = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...(keys.data === undefined
        ? { encryption: TableEncryption.AWS_MANAGED }
        : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: keys.data }),
      // Of all tables, because rules of a landing zone may refuse others. The two tables that come again by themselves are small.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    }
    const kept = { removalPolicy: RemovalPolicy.RETAIN, deletionProtection }
    // The next tick of an issue writes its board again; a connection lives for two hours at most, and apps connect again.
    const passing = { removalPolicy: RemovalPolicy.DESTROY }
    this.ticks = new Table(this, 'Ticks', {
      ...common,
      partitionKey: { name: TICKS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: TICKS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TICKS_KEYS.expires,
      ...kept,
    })
    this.boards = new Table(this, 'Boards', {
      ...common,
      partitionKey: { name: BOARDS_KEYS.partition, type: AttributeType.STRING },
      ...passing,
    })
    this.connections = new Table(this, 'Connections', {
      ...common,
      partitionKey: { name: CONNECTIONS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: CONNECTIONS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: CONNECTIONS_KEYS.expires,
      warmThroughput: { writeUnitsPerSecond: CONNECTION_WRITE_UNITS },
      ...passing,
    })
    this.connections.addLocalSecondaryIndex({
      indexName: CHANGES_INDEX,
      sortKey: { name: CONNECTIONS_KEYS.changedAt, type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    })
    this.control = new Table(this, 'Control', {
      ...common,
      partitionKey: { name: CONTROL_KEYS.partition, type: AttributeType.STRING },
      // The exceptions of the calendar are written by people.
      ...kept,
    })
    this.users = new Table(this, 'Users', {
      ...common,
      partitionKey: { name: USERS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: USERS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: USERS_KEYS.expires,
      // The exchange's monthly report counts the records of access, and nothing can write them again.
      ...kept,
    })
    acknowledge(this.ticks, {
      DynamoDBInBackupPlan:
        'Ticks are kept for 31 days, which point-in-time recovery covers, and the archive has every day.',
    })
    const comesAgain = 'Running tasks and apps write the table again.'
    for (const table of [this.boards, this.connections])
      acknowledge(table, { DynamoDBInBackupPlan: comesAgain })
  }
}
