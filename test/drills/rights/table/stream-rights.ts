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
const STORED = 'new ticks in the table'
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

const STANDBY = 'a new standby'
const TAKEOVER = 'a takeover of the line'

const ofLine = (line: number): RightsTable => {
  const items = `TablesControl [lease#${line}, standby#${line}, candidate#${line}, login]`
  return {
    [`IngestTask${line}Task`]: {
      ...tables,
      ...key('Data', 'kinesis', 'Decrypt', 'GenerateDataKey'),
      'dynamodb:GetItem on TablesControl [calendar]': fails('the calendar of a task'),
      [`dynamodb:GetItem on ${items}`]: fails(STANDBY, TAKEOVER),
      [`dynamodb:PutItem on ${items}`]: fails(STANDBY),
      [`dynamodb:UpdateItem on ${items}`]: fails('new messages of the line', STANDBY, TAKEOVER),
      'kinesis:PutRecords on TicksStream': fails('new messages of the line', TAKEOVER),
      'kinesis:ListShards on TicksStream': fails(STANDBY, TAKEOVER),
      'kinesis:GetShardIterator on TicksStream': fails(TAKEOVER),
      'kinesis:GetRecords on TicksStream': fails(TAKEOVER),
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
    'dynamodb:Query on TablesConnections': fails(UPDATES),
    'dynamodb:Query on TablesConnections/index/changes': fails(UPDATES),
    'dynamodb:UpdateItem on TablesConnections': fails('the mark of a connection that has ended unseen'),
    'dynamodb:GetItem on TablesBoards': fails('the state of a line'),
    'dynamodb:PutItem on TablesBoards': fails('the stored list of issues'),
    'dynamodb:BatchWriteItem on TablesBoards': fails('the stored list of issues'),
    'dynamodb:BatchGetItem on TablesBoards': fails('stored boards'),
    'dynamodb:UpdateItem on TablesBoards': fails('stored boards'),
    'lambda:InvokeFunction on BroadcastPushRoomFunction:live': fails(UPDATES),
    'execute-api:ManageConnections on api/live/GET/@connections/*': fails(
      'the mark of a connection that has ended unseen',
    ),
    'execute-api:ManageConnections on api/live/POST/@connections/*': fails('a connection that is ended'),
    'execute-api:ManageConnections on api/live/DELETE/@connections/*': fails('a connection that is ended'),
  },
  BroadcastPushRoom: {
    ...logs('BroadcastPushRoomLog'),
    'execute-api:ManageConnections on api/live/POST/@connections/*': fails(UPDATES),
  },
}
