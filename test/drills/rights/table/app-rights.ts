/** The rights of the functions that answer apps. */
import { edgeSecret, fails, logs, type RightsTable, tables, traces } from './notice.ts'

const CONNECTIONS = [
  'a connection',
  'the record of access over WebSocket',
  'a second connection',
  'the kept keys of the issuer',
]
const UNSEEN = 'a place after connections that ended unseen'
const WITHOUT_ISSUER = 'a connection while the issuer does not answer'
const DELAYED = ['delayed prices', 'an unknown issue']
const REALTIME = [
  'real-time prices',
  'days in real time',
  'issues in real time',
  'the status in real time',
  'the record of access over REST',
]
const MARKET_INFO = ['the list of issues', 'the calendar', 'the status']
const ENDED = 'the mark of a connection that has ended before its answer'
const OVER = 'the end of a connection whose access was cut'

export const APP_RIGHTS: RightsTable = {
  RealtimeConnect: {
    ...logs('RealtimeConnectLog'),
    ...traces,
    ...tables,
    ...edgeSecret(...CONNECTIONS, UNSEEN, WITHOUT_ISSUER),
    'dynamodb:BatchGetItem on TablesConnections': fails(UNSEEN),
    'dynamodb:GetItem on TablesConnections': fails(WITHOUT_ISSUER),
    'dynamodb:PutItem on TablesConnections': fails(...CONNECTIONS, UNSEEN, WITHOUT_ISSUER),
    'dynamodb:GetItem on TablesUsers [user#*]': fails(...CONNECTIONS, UNSEEN, WITHOUT_ISSUER),
    'dynamodb:PutItem on TablesUsers [user#*]': fails(...CONNECTIONS, WITHOUT_ISSUER),
    'dynamodb:UpdateItem on TablesUsers [user#*]': fails(...CONNECTIONS, UNSEEN, WITHOUT_ISSUER),
    'dynamodb:UpdateItem on TablesUsers [access#*]': fails('the record of access over WebSocket'),
  },
  RealtimeDisconnect: {
    ...logs('RealtimeDisconnectLog'),
    ...tables,
    'dynamodb:UpdateItem on TablesConnections [room-*]': fails('the mark of a connection that has ended'),
  },
  RealtimeMessage: {
    ...logs('RealtimeMessageLog'),
    ...tables,
    'dynamodb:GetItem on TablesUsers [user#*]': fails('a new token', 'the kept keys of the issuer'),
    'dynamodb:BatchGetItem on TablesBoards': fails('subscribe', ENDED),
    'dynamodb:GetItem on TablesConnections': fails('a new token', 'the kept keys of the issuer', OVER),
    'dynamodb:UpdateItem on TablesConnections [room-*]': fails(
      'subscribe',
      'unsubscribe',
      'a new token',
      'the kept keys of the issuer',
      ENDED,
      OVER,
    ),
    'dynamodb:PutItem on TablesConnections [issuer-keys]': fails('the kept keys of the issuer'),
    'execute-api:ManageConnections on api/live/GET/@connections/*': fails(ENDED),
    'execute-api:ManageConnections on api/live/POST/@connections/*': fails(
      'subscribe',
      'unsubscribe',
      'a new token',
      'the kept keys of the issuer',
      ENDED,
      OVER,
    ),
    'execute-api:ManageConnections on api/live/DELETE/@connections/*': fails(OVER),
  },
  RestDelayedPrices: {
    ...logs('RestDelayedPricesLog'),
    ...tables,
    ...edgeSecret(...DELAYED),
    'dynamodb:GetItem on TablesControl [calendar]': fails(...DELAYED),
    'dynamodb:Query on TablesTicks': fails(...DELAYED),
    'dynamodb:BatchGetItem on TablesBoards [issues#*]': fails(...DELAYED),
  },
  RestRealtimePrices: {
    ...logs('RestRealtimePricesLog'),
    ...tables,
    ...edgeSecret(...REALTIME),
    'dynamodb:GetItem on TablesControl [calendar, sectors]': fails(
      'days in real time',
      'issues in real time',
    ),
    'dynamodb:Query on TablesTicks': fails('days in real time'),
    'dynamodb:BatchGetItem on TablesBoards': fails(
      'real-time prices',
      'days in real time',
      'issues in real time',
      'the status in real time',
    ),
    'dynamodb:GetItem on TablesUsers [user#*]': fails(...REALTIME),
    'dynamodb:UpdateItem on TablesUsers [access#*]': fails('the record of access over REST'),
  },
  RestMarketInfo: {
    ...logs('RestMarketInfoLog'),
    ...tables,
    ...edgeSecret(...MARKET_INFO),
    'dynamodb:GetItem on TablesControl [calendar, sectors]': fails('the list of issues', 'the calendar'),
    'dynamodb:BatchGetItem on TablesBoards [issues#*]': fails('the list of issues'),
    'dynamodb:BatchGetItem on TablesBoards [phase, news, line#1, line#2, line#3]': fails('the status'),
  },
}
