/** The DynamoDB tables. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { BOARDS_KEYS } from '../tables/boards/boards-keys.ts'
import { CHANGES_INDEX, CONNECTIONS_KEYS } from '../tables/connections/connections-keys.ts'
import { CONTROL_KEYS } from '../tables/control/control-keys.ts'
import { TICKS_KEYS } from '../tables/ticks/ticks-keys.ts'

const COMMON = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
} satisfies Partial<TableProps>

/**
 * Write units a second that the connections table takes at once. 500 apps a second may connect (API Gateway quotas): after a
 * cut of the network all of them do. A new connection takes 5 units with its first subscription, because each change writes
 * the index too, and the end of an old connection takes 3. That is 4,000 units a second, what a new table takes. But a room
 * is in one partition, and a partition takes 1,000: with 4,000 units the ten rooms share four partitions unevenly. With 20,000
 * units there are some twenty. AWS charges the units above 4,000 once, and never lowers them.
 */
const CONNECTION_WRITE_UNITS = 20_000

export class Tables extends Construct {
  /** Every tick, in packs. */
  readonly ticks: Table
  /** The latest board of every issue, the issue master, line states, phase and news. */
  readonly boards: Table
  /** The connections by room, with the issues that each connection subscribes to. */
  readonly connections: Table
  /** What the tasks and market-hours agree on: leases of lines, exceptions of the calendar, holds. */
  readonly control: Table

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
    for (const [table, reason] of [
      [
        this.boards,
        'The next tick of an issue, or the snapshot at the start of a task, writes the board again.',
      ],
      [this.connections, 'A connection lives for two hours at most; apps connect again.'],
    ] as const) {
      Validations.of(table).acknowledge({ id: 'AwsSolutions-DDB3', reason })
    }
  }
}
