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

const COMMON = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
} satisfies Partial<TableProps>

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

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.ticks = new Table(this, 'Ticks', {
      ...COMMON,
      partitionKey: { name: TICKS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: TICKS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TICKS_KEYS.expires,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.boards = new Table(this, 'Boards', {
      ...COMMON,
      partitionKey: { name: BOARDS_KEYS.partition, type: AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.connections = new Table(this, 'Connections', {
      ...COMMON,
      partitionKey: { name: CONNECTIONS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: CONNECTIONS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: CONNECTIONS_KEYS.expires,
      warmThroughput: { writeUnitsPerSecond: CONNECTION_WRITE_UNITS },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.connections.addLocalSecondaryIndex({
      indexName: CHANGES_INDEX,
      sortKey: { name: CONNECTIONS_KEYS.changedAt, type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    })
    this.control = new Table(this, 'Control', {
      ...COMMON,
      partitionKey: { name: CONTROL_KEYS.partition, type: AttributeType.STRING },
      // The exceptions of the calendar are written by people.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.users = new Table(this, 'Users', {
      ...COMMON,
      partitionKey: { name: USERS_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: USERS_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: USERS_KEYS.expires,
      // The exchange's monthly report counts the records of access, and nothing can write them again.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    acknowledge(this.boards, {
      DDB3: 'The next tick of an issue, or the snapshot at the start of a task, writes the board again.',
    })
    acknowledge(this.connections, {
      DDB3: 'A connection lives for two hours at most; apps connect again.',
    })
  }
}
