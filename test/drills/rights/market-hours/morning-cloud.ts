/** A cloud shortly before the opening, without lines and tasks, in which market-hours moves everything else. */
import { type Cloud, startCloud } from '@itastream/local-cloud'
import { PLAN } from '../../../../cdk/plan.ts'
import { type LevelName, type MarketPlan, planText } from '../../../../contract/market-plan.ts'
import { assemble, STACK_NAME } from '../../../../local/assemble.ts'
import { formatSegments, parseClock } from '../../../../market/clock.ts'
import { momentOf } from '../../../../market/moment.ts'
import { addMicros, asTradingDate, nowMillis, toEpochMillis } from '../../../../market/units.ts'
import { MARKET_LOCK_ID } from '../../../../tables/control/control-keys.ts'
import { type HoldTable, releaseHold, writeHold } from '../../../../tables/control/hold-item.ts'
import type { MarketState } from '../../../../tables/control/market-state.ts'
import { createDynamoDB, deleteItem } from '../../../../tables/dynamodb.ts'
import { WITHOUT_LINES } from '../refused-boots.ts'

const FUNCTION = 'ScheduleMarketHoursFunction'
const DATE = asTradingDate(20261120)
/** The peak of the opening lasts from 8:45 to 9:15. */
const START = (8 * 60 + 46) * 60_000_000
const HOUR = 3_600_000_000
/** More than a new table has, so that market-hours raises it. The plan of the stack wants what the tables have anyway. */
const WARM_UNITS = { ticks: 21_000, boards: 21_000, connections: 21_000 }

/** What market-hours reports of a run. */
export type Run = Pick<MarketState, 'failures' | 'moves' | 'level'>

export interface MorningCloud {
  readonly cloud: Cloud
  /** Lets market-hours run in a new environment. */
  run(): Promise<Run>
  /** Moves everything to the level `peak`, or by a hold to the level `asleep`. */
  moveTo(level: 'peak' | 'asleep'): Promise<void>
  close(): Promise<void>
}

/** Returns the plan of the stack without tasks, which would look for their lines, and with more warm throughput. */
function planWithoutTasks(): MarketPlan {
  const levels = Object.entries(PLAN.levels).map(([name, level]) => [
    name,
    { ...level, tasks: 0, warm: WARM_UNITS },
  ])
  return { ...PLAN, levels: Object.fromEntries(levels) as Record<LevelName, MarketPlan['levels'][LevelName]> }
}

export async function startMorning(): Promise<MorningCloud> {
  const market = toEpochMillis(momentOf(DATE, START))
  const clockText = formatSegments([{ real: nowMillis(), market, speed: 1 }])
  const clock = parseClock(clockText)
  const cloud = await startCloud({
    assembly: await assemble(),
    stack: STACK_NAME,
    clock,
    ...WITHOUT_LINES,
    variables: { MARKET_CLOCK: clockText, PLAN: planText(planWithoutTasks()) },
    log: () => {},
  })
  const { endpointUrl: endpoint, region, credentials } = cloud
  const client = createDynamoDB({ endpoint, region, credentials })
  const control = { client, table: cloud.ref('TablesControl') }

  const run = async (): Promise<Run> => {
    // A run without the right to free its lock leaves the lock, and the schedule has runs of its own.
    await deleteItem(control, { id: MARKET_LOCK_ID })
    await cloud.crashFunction(FUNCTION)
    const state = (await cloud.invoke(FUNCTION, {})) as Run | 'skipped'
    return state === 'skipped' ? run() : state
  }
  return {
    cloud,
    run,
    async moveTo(level) {
      const until = addMicros(clock.now(), HOUR)
      if (level === 'peak') await releaseHold(control as HoldTable)
      else await writeHold(control as HoldTable, { mode: 'closed', until, reason: 'drill' })
      const state = await run()
      if (state.level !== level) throw new Error(`expected the level ${level}, got ${state.level}`)
    },
    async close() {
      client.destroy()
      await cloud.close()
    },
  }
}
