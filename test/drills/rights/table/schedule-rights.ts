/** The rights of what runs by a schedule: market-hours, close-of-day and the canary. */
import { LINE_NUMBERS } from '../../../../market/lane.ts'
import {
  each,
  fails,
  fromBucket,
  logs,
  type Notice,
  REFUSED,
  type RightsOfRole,
  type RightsTable,
  tables,
  toBucket,
  toQueue,
  traces,
} from './notice.ts'

/** The functions whose concurrency market-hours changes, as its runs name them. */
const READY = {
  RealtimeConnectFunction: 'connect',
  RealtimeMessageFunction: 'message',
  BroadcastFunction: 'broadcast',
  BroadcastPushRoomFunction: 'push-room',
}
const RESERVED = { ...READY, StoreStoreTicksFunction: 'store-ticks' }
const TABLES = { TablesTicks: 'ticks', TablesBoards: 'boards', TablesConnections: 'connections' }
const MAPPINGS = { Broadcast: 'broadcast', StoreStoreTicks: 'store-ticks' }

/** A right on each of some resources, which a run of market-hours reports by kind and name. */
function onEach(
  actions: readonly string[],
  resources: Readonly<Record<string, string>>,
  notice: (name: string) => Notice,
): RightsOfRole {
  return Object.assign(
    {},
    ...Object.entries(resources).map(([resource, name]) =>
      each(
        actions.map(action => `${action} on ${resource}`),
        notice(name),
      ),
    ),
  )
}

const live = (functions: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(functions).map(([fn, name]) => [`${fn}:live`, name]))

const marketHours: RightsOfRole = {
  ...logs('ScheduleMarketHoursLog'),
  ...traces,
  ...tables,
  ...fromBucket,
  ...toQueue,
  ...onEach(
    ['ecs:DescribeServices', 'ecs:UpdateService'],
    Object.fromEntries(LINE_NUMBERS.map(line => [`IngestService${line}Service`, `line ${line}`])),
    name => fails(`tasks ${name}`),
  ),
  ...each(
    ['kinesis:DescribeStreamSummary', 'kinesis:UpdateShardCount'].map(action => `${action} on TicksStream`),
    fails('shards stream'),
  ),
  ...onEach(
    ['lambda:GetFunctionConcurrency', 'lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
    RESERVED,
    name => fails(`reserved ${name}`),
  ),
  ...onEach(
    [
      'lambda:GetProvisionedConcurrencyConfig',
      'lambda:PutProvisionedConcurrencyConfig',
      'lambda:DeleteProvisionedConcurrencyConfig',
    ],
    live(READY),
    name => fails(`provisioned ${name}`),
  ),
  ...Object.assign(
    {},
    ...Object.entries(MAPPINGS).map(([id, name]) => ({
      [`lambda:GetEventSourceMapping on mapping of ${id}`]: fails(`mapping ${name}`, `window ${name}`),
      [`lambda:UpdateEventSourceMapping on mapping of ${id}`]: fails(`mapping ${name}`),
    })),
  ),
  ...onEach(['dynamodb:DescribeTable', 'dynamodb:UpdateTable'], TABLES, name => fails(`warm ${name}`)),
  'dynamodb:BatchGetItem on TablesBoards': fails('phase of the lines'),
  'dynamodb:GetItem on TablesControl [hold, lock#market-hours, state, calendar, lease#1, lease#2, lease#3]':
    fails('calendar', 'hold', 'progress of the lines', 'state'),
  'dynamodb:PutItem on TablesControl [lock#market-hours, state]': fails('lock', 'state'),
  'dynamodb:DeleteItem on TablesControl [lock#market-hours, state]': fails('lock'),
  's3:GetObject on archivebucket/manifests/*': fails('archive'),
  's3:ListBucket on archivebucket': fails('archive'),
  'sqs:SendMessage on LostEventsQueue': REFUSED,
  ...each(
    [
      'cloudwatch:DescribeAlarms on alarm:*',
      ...['EnableAlarmActions', 'DisableAlarmActions', 'SetAlarmState'].map(
        action => `cloudwatch:${action} on alarm:trading-*`,
      ),
    ],
    fails('alarms of trading'),
  ),
  ...each(
    [
      'scheduler:GetSchedule on OutsideEveryMinute',
      'scheduler:UpdateSchedule on OutsideEveryMinute',
      'iam:PassRole on OutsideRole [scheduler.amazonaws.com]',
    ],
    fails('canary schedule'),
  ),
}

/** The role of a schedule: it sends events to one function, or to the queue of lost events. */
const ofSchedule = (fn: string): RightsOfRole => ({
  ...toQueue,
  ...each([`lambda:InvokeFunction on ${fn}:live`, 'sqs:SendMessage on LostEventsQueue'], REFUSED),
})

const ASKED = 'the archive of a day'
const PART = 'a part of the archive'
const LOOK = 'the look for what the archive lacks'

export const SCHEDULE_RIGHTS: RightsTable = {
  ScheduleMarketHours: marketHours,
  Schedule: ofSchedule('ScheduleMarketHoursFunction'),
  CloseCloseOfDay: {
    ...logs('CloseCloseOfDayLog'),
    ...traces,
    ...tables,
    ...fromBucket,
    ...toBucket,
    ...toQueue,
    'sqs:SendMessage on LostEventsQueue': REFUSED,
    'dynamodb:GetItem on TablesControl [calendar, state]': fails(LOOK, ASKED, PART),
    'dynamodb:Query on TablesTicks': fails(PART, ASKED),
    'dynamodb:BatchWriteItem on TablesTicks': fails(PART, ASKED),
    'dynamodb:BatchGetItem on TablesBoards': fails(ASKED, PART),
    'dynamodb:Scan on TablesBoards': fails(ASKED),
    's3:GetObject on archivebucket/*': fails(LOOK, ASKED, PART),
    's3:ListBucket on archivebucket': fails(LOOK, ASKED, PART),
    's3:PutObject on archivebucket/*': fails(ASKED, PART),
    'lambda:InvokeFunction on CloseCloseOfDayFunction:live': fails(ASKED),
  },
  Close: ofSchedule('CloseCloseOfDayFunction'),
  OutsideCanary: {
    ...logs('OutsideCanaryLog'),
    'secretsmanager:GetSecretValue on canary': fails('the sign-in of the canary'),
  },
  Outside: ofSchedule('OutsideCanaryFunction'),
}
