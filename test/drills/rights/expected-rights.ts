/** Which features of the functions that answer apps need which right. */

const CONNECTIONS = [
  'a connection',
  'the record of access over WebSocket',
  'a second connection',
  'the kept keys of the issuer',
]
const UNSEEN = 'a place after connections that ended unseen'
const DELAYED = ['delayed prices', 'an unknown issue']
const REALTIME = [
  'real-time prices',
  'days in real time',
  'issues in real time',
  'the status in real time',
  'the record of access over REST',
]

/** The features that fail without a right, by the name of the right. */
export const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'RealtimeConnect: dynamodb:BatchGetItem on TablesConnections': [UNSEEN],
  'RealtimeConnect: dynamodb:PutItem on TablesConnections': [...CONNECTIONS, UNSEEN],
  'RealtimeConnect: dynamodb:GetItem on TablesUsers [user#*]': [...CONNECTIONS, UNSEEN],
  'RealtimeConnect: dynamodb:PutItem on TablesUsers [user#*]': CONNECTIONS,
  'RealtimeConnect: dynamodb:UpdateItem on TablesUsers [user#*]': [...CONNECTIONS, UNSEEN],
  'RealtimeConnect: dynamodb:UpdateItem on TablesUsers [access#*]': ['the record of access over WebSocket'],
  'RealtimeDisconnect: dynamodb:UpdateItem on TablesConnections': ['the mark of a connection that has ended'],
  'RealtimeMessage: dynamodb:BatchGetItem on TablesBoards': [
    'subscribe',
    'the mark of a connection that has ended before its answer',
  ],
  'RestDelayedPrices: dynamodb:GetItem on TablesControl [calendar]': DELAYED,
  'RestDelayedPrices: dynamodb:Query on TablesTicks': DELAYED,
  'RestDelayedPrices: dynamodb:BatchGetItem on TablesBoards [issues#*]': DELAYED,
  'RestRealtimePrices: dynamodb:GetItem on TablesControl [calendar, sectors]': [
    'days in real time',
    'issues in real time',
  ],
  'RestRealtimePrices: dynamodb:Query on TablesTicks': ['days in real time'],
  'RestRealtimePrices: dynamodb:BatchGetItem on TablesBoards': [
    'real-time prices',
    'days in real time',
    'issues in real time',
    'the status in real time',
  ],
  'RestRealtimePrices: dynamodb:GetItem on TablesUsers [user#*]': REALTIME,
  'RestRealtimePrices: dynamodb:UpdateItem on TablesUsers [access#*]': ['the record of access over REST'],
  'RestMarketInfo: dynamodb:GetItem on TablesControl [calendar, sectors]': [
    'the list of issues',
    'the calendar',
  ],
  'RestMarketInfo: dynamodb:BatchGetItem on TablesBoards': ['the list of issues', 'the status'],
}
