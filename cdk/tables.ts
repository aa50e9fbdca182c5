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

/** Name of the index that finds what changed in a room. */
export const CHANGES_INDEX = 'changes'

const COMMON = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
} satisfies Partial<TableProps>

export class Tables extends Construct {
  /** Every tick, packed: `key` = issue and trading date, `time` = first tick of the pack. */
  readonly ticks: Table
  /** The latest board of every issue, the issue master, the states of the lines, phase and news. */
  readonly boards: Table
  /** Who is connected, by room, and the issues each one holds. */
  readonly connections: Table

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.ticks = new Table(this, 'Ticks', {
      ...COMMON,
      partitionKey: { name: 'key', type: AttributeType.STRING },
      sortKey: { name: 'time', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.boards = new Table(this, 'Boards', {
      ...COMMON,
      partitionKey: { name: 'id', type: AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.connections = new Table(this, 'Connections', {
      ...COMMON,
      partitionKey: { name: 'room', type: AttributeType.STRING },
      sortKey: { name: 'connection', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.connections.addLocalSecondaryIndex({
      indexName: CHANGES_INDEX,
      sortKey: { name: 'changedAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    })
    for (const [table, reason] of [
      [
        this.boards,
        'Every board comes again with the next tick or the snapshot at the next start of a task.',
      ],
      [this.connections, 'A connection ends after two hours at most; apps connect again.'],
    ] as const) {
      Validations.of(table).acknowledge({ id: 'AwsSolutions-DDB3', reason })
    }
  }
}
