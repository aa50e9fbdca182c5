/** The alarms of the stack. docs/operations.md says what to do about each of them. */
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Construct } from 'constructs'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { Broadcast } from '../broadcast.ts'
import type { CloseOfDay } from '../close-of-day.ts'
import type { Backups } from '../data/backups.ts'
import type { Tables } from '../data/dynamo-tables.ts'
import type { Keys } from '../data/keys.ts'
import type { LostEvents } from '../data/lost-events.ts'
import { type MarketHours, TRADING_ALARM_PREFIX } from '../market-hours.ts'
import type { RealtimeApi } from '../realtime-api.ts'
import { releaseWatches } from '../release/release-watches.ts'
import type { RestApi } from '../rest-api.ts'
import type { TasksALine } from '../sizing.ts'
import type { StoreTicks } from '../store-ticks.ts'
import { AlarmTopics } from './alarm-topics.ts'
import type { AlarmsConfig } from './alarms-config.ts'
import { restWatches, webSocketWatches } from './api-watches.ts'
import type { Canary } from './canary.ts'
import { EventRules } from './event-rules.ts'
import { concurrencyWatches, consumerWatches, functionWatches, groupWatches } from './function-watches.ts'
import { lineWatches } from './line-watches.ts'
import { closeOfDayWatches, marketHoursWatches } from './schedule-watches.ts'
import { boardsWatches, lostEventsWatches, tableWatches } from './store-watches.ts'
import { accessWatches, canaryWatches, postWatches, tradingWatches } from './user-watches.ts'
import type { Watch, Watches } from './watch.ts'

/** Delayed readers read 20 minutes late. The alarm at a quarter of that leaves time to act. */
const STORE_LATE_SECONDS = 300
/** broadcast drops ticks older than a minute, and a tick that is ten seconds old is not real time. */
const BROADCAST_LATE_SECONDS = 10

export interface AlarmsProps {
  readonly config: AlarmsConfig
  readonly keys: Keys
  readonly backups: Backups | undefined
  readonly tables: Tables
  readonly rest: RestApi
  readonly realtime: RealtimeApi
  readonly store: StoreTicks
  readonly broadcast: Broadcast
  readonly canary: Canary
  readonly schedule: MarketHours
  readonly closeOfDay: CloseOfDay
  readonly lost: LostEvents
  readonly tasksALine: TasksALine
}

/** All alarms, and the rules of events. Each alarm publishes to the topic of its severity, when it starts and when it ends. */
export class Alarms extends Construct {
  /** The topics to subscribe to. */
  readonly topics: AlarmTopics['topics']
  readonly alarms: readonly Alarm[]

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.topics = new AlarmTopics(this, 'Topics', props.keys).topics
    new EventRules(this, 'Events', { ...props, topics: this.topics })
    const { severities } = props.config
    this.alarms = Object.entries(allWatches(props)).flatMap(([name, watch]) =>
      severities.includes(watch.severity) ? [this.#watch(name, watch)] : [],
    )
  }

  #watch(id: string, watch: Watch): Alarm {
    const { severity, metric, periods, description, runbook = 'alarms', trading, expected } = watch
    const alarm = new Alarm(this, id, {
      metric,
      ...('above' in watch
        ? { threshold: watch.above, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }
        : { threshold: watch.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }),
      ...(trading === true ? { alarmName: `${TRADING_ALARM_PREFIX}${id}` } : {}),
      evaluationPeriods: periods,
      treatMissingData: expected === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${description} Runbook: docs/operations.md#${runbook}`,
    })
    const action = new SnsAction(this.topics[severity])
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
    return alarm
  }
}

function allWatches(props: AlarmsProps): Watches {
  const { config, tables, rest, realtime, store, broadcast, schedule, tasksALine } = props
  const { closeOfDay } = props.closeOfDay
  const { marketHours } = schedule
  const lines = LINE_NUMBERS.map(line => lineWatches(line, tasksALine))
  return {
    ...Object.assign({}, ...lines),
    ...tradingWatches(closeOfDay),
    ...consumerWatches(store.storeTicks, store.mapping, STORE_LATE_SECONDS),
    ...consumerWatches(broadcast.broadcast, broadcast.mapping, BROADCAST_LATE_SECONDS),
    ...functionWatches(store.storeTicks),
    ...functionWatches(broadcast.broadcast),
    ...functionWatches(broadcast.pushRoom),
    ...releaseWatches(rest, realtime),
    ...groupWatches('WebSocket', [realtime.connect, realtime.message, realtime.disconnect]),
    ...groupWatches('Rest', Object.values(rest.functions)),
    ...groupWatches('Scheduled', [closeOfDay, props.canary.canary], [marketHours]),
    ...concurrencyWatches(config.accountConcurrency),
    ...restWatches(rest),
    ...webSocketWatches(realtime),
    ...postWatches(),
    ...canaryWatches(),
    ...accessWatches(),
    ...marketHoursWatches(marketHours),
    ...closeOfDayWatches(),
    ...lostEventsWatches(props.lost),
    ...tableWatches(tables),
    ...boardsWatches(),
  }
}
