/** The rights of what writes and reads the stream: the tasks of the lines, store-ticks, broadcast and push-room. */
import { LINE_NUMBERS } from '../../../../market/lane.ts'
import {
  BUCKET_DEMANDS,
  each,
  fails,
  IMAGES,
  key,
  LAMBDA_DEMANDS,
  logs,
  REFUSED,
  type RightsOfRole,
  type RightsTable,
  stream,
  tables,
  toBucket,
} from './notice.ts'

const UPDATES = 'updates of a board'
const CROWDED = 'updates among hundreds of connections'
const UNSEEN = 'the mark of a connection that has ended unseen'
const CUT = 'the end of a connection whose access was cut'
const REMOVAL = 'the removal of an old list of issues'
const STORED = 'new ticks in the table'
const NEW_UPDATES = 'updates from a new environment'
const NEW_PHASE = 'the phase from a new environment'
const BOARDS = 'stored boards'
const LINE = 'the state of a line'
const STATUS = 'the status for answers to apps'
const LIST = 'the list of issues'
const AGAIN = 'a batch that comes again'

/** What a mapping needs to read the stream, and to keep a batch that fails. Lambda asks for four rights when it makes the mapping. */
const reading: RightsOfRole = {
  ...each(
    ['DescribeStreamSummary', 'GetRecords', 'GetShardIterator', 'ListShards'].map(
      action => `kinesis:${action} on TicksStream`,
    ),
    REFUSED,
  ),
  ...each(
    ['DescribeStream', 'DescribeStreamConsumer', 'ListStreams', 'SubscribeToShard'].map(
      action => `kinesis:${action} on TicksStream`,
    ),
    LAMBDA_DEMANDS,
  ),
  's3:PutObject on failedbatchesbucket/aws/lambda/*': REFUSED,
  's3:ListBucket on failedbatchesbucket': BUCKET_DEMANDS,
  ...toBucket,
}

const MESSAGES = 'messages of the line'
const TAKEN = 'a task that takes the line'
const PLACE = 'the place where a new task goes on'
const STANDBY = 'a standby that is ready'
const CALENDAR = 'the exceptions of the calendar in a task'

const ofLine = (line: number): RightsTable => {
  const items = `TablesControl [lease#${line}, standby#${line}, candidate#${line}, login]`
  return {
    [`IngestTask${line}Task`]: {
      ...tables,
      ...key('Data', 'kinesis', 'Decrypt', 'GenerateDataKey'),
      'dynamodb:GetItem on TablesControl [calendar]': fails(CALENDAR),
      [`dynamodb:GetItem on ${items}`]: fails(STANDBY),
      [`dynamodb:PutItem on ${items}`]: fails(STANDBY),
      // The holder goes on without the table, and no task can follow it.
      [`dynamodb:UpdateItem on ${items}`]: fails(TAKEN, PLACE, STANDBY, CALENDAR),
      'kinesis:PutRecords on TicksStream': fails(MESSAGES, TAKEN, STANDBY),
      'kinesis:ListShards on TicksStream': fails(PLACE, STANDBY),
      'kinesis:GetShardIterator on TicksStream': fails(PLACE),
      'kinesis:GetRecords on TicksStream': fails(PLACE),
    },
    [`IngestTask${line}Execution`]: {
      ...logs('IngestLog'),
      ...each(
        ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].map(
          action => `${action} on cdk-hnb659fds-container-assets-000000000000-ap-northeast-1`,
        ),
        IMAGES,
      ),
      'ecr:GetAuthorizationToken on *': IMAGES,
      'secretsmanager:GetSecretValue on line': REFUSED,
    },
  }
}

export const STREAM_RIGHTS: RightsTable = {
  ...Object.assign({}, ...LINE_NUMBERS.map(ofLine)),
  StoreStoreTicks: {
    ...logs('StoreStoreTicksLog'),
    ...tables,
    ...stream,
    ...reading,
    'dynamodb:GetItem on TablesControl [calendar]': fails(STORED, AGAIN),
    'dynamodb:BatchGetItem on TablesTicks': fails(STORED, AGAIN),
    'dynamodb:BatchWriteItem on TablesTicks': fails(STORED, AGAIN),
    'dynamodb:PutItem on TablesTicks': fails(STORED),
    'dynamodb:Query on TablesTicks': fails(AGAIN),
  },
  Broadcast: {
    ...logs('BroadcastLog'),
    ...tables,
    ...stream,
    ...reading,
    'kinesis:SubscribeToShard on TicksStream/consumer/broadcast': REFUSED,
    'kinesis:DescribeStreamConsumer on TicksStream/consumer/broadcast': LAMBDA_DEMANDS,
    // A new environment serves nobody before it has read all connections.
    'dynamodb:Query on TablesConnections': fails(UPDATES, CROWDED, NEW_UPDATES, NEW_PHASE, UNSEEN, CUT),
    'dynamodb:Query on TablesConnections/index/changes': fails(UPDATES, CUT),
    'dynamodb:UpdateItem on TablesConnections [room-*]': fails(UNSEEN),
    'dynamodb:GetItem on TablesBoards': fails(BOARDS, LINE, STATUS, LIST, REMOVAL),
    'dynamodb:PutItem on TablesBoards': fails(BOARDS, LINE, STATUS, LIST, REMOVAL),
    'dynamodb:BatchWriteItem on TablesBoards': fails(REMOVAL),
    'dynamodb:BatchGetItem on TablesBoards': fails(NEW_PHASE),
    'dynamodb:UpdateItem on TablesBoards': fails(STATUS),
    // Posts that push-room does not take are spread over rounds with one push, which broadcast serves itself. Nobody serves the connections
    // whose last post failed.
    'lambda:InvokeFunction on BroadcastPushRoomFunction:live': fails(UNSEEN),
    'execute-api:ManageConnections on api/live/GET/@connections/*': fails(UNSEEN),
    // Push-room then posts the updates: it serves the connections whose last post failed.
    'execute-api:ManageConnections on api/live/POST/@connections/*': fails(CUT),
    'execute-api:ManageConnections on api/live/DELETE/@connections/*': fails(CUT),
  },
  BroadcastPushRoom: {
    ...logs('BroadcastPushRoomLog'),
    'execute-api:ManageConnections on api/live/POST/@connections/*': fails(CROWDED),
  },
}
