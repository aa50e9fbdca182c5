/** Watches the tasks of each line, and the level of market-hours, for the status line and the page. */
import type { Cloud } from '@itastream/local-cloud'
import type { LineTasksJson, SystemJson } from '../client/page/system-state.ts'
import { type Calendar, RULES } from '../market/calendar/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { LINE_NUMBERS } from '../market/lane.ts'
import { dateOf, isoTime } from '../market/moment.ts'
import { phasesOf } from '../market/phase.ts'
import { createCalendarReader } from '../tables/control/calendar-reader.ts'
import { readMarketState } from '../tables/control/market-state.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { type LineItems, lineTasks, readLineItems, WATCH_MS } from '../tools/ops/line-tasks.ts'

export interface TaskWatch {
  state(): SystemJson
  close(): void
}

/** Reads the control table of a local system every {@link WATCH_MS}. A reading that fails is left out. */
export function watchTasks(cloud: Cloud, clock: Clock): TaskWatch {
  const { endpointUrl: endpoint, region, credentials } = cloud
  const client = createDynamoDB({ endpoint, region, credentials })
  const control = { client, table: cloud.ref('TablesControl') }
  let before: readonly LineItems[] = []
  let after: readonly LineItems[] = []
  const calendars = createCalendarReader(control, () => {})
  let calendar = RULES
  let level: string | undefined
  let isReading = false

  async function read(): Promise<void> {
    if (isReading) return
    isReading = true
    try {
      const [items, state, read] = await Promise.all([
        readLineItems(control),
        readMarketState(control),
        calendars.read(),
      ])
      ;[before, after] = [after, items]
      calendar = read
      level = state?.level
    } catch {
      // A drill may take the table away, and the system may be ending. The state stays as it was.
    } finally {
      isReading = false
    }
  }

  void read()
  const timer = setInterval(() => void read(), WATCH_MS)
  return {
    state: () => ({
      phases: phasesToday(clock, calendar),
      ...(level === undefined ? {} : { level }),
      lines: linesOf(cloud, before, after),
    }),
    close() {
      clearInterval(timer)
      client.destroy()
    },
  }
}

/** Returns the phases of the date, if the exchange trades on it. */
function phasesToday(clock: Clock, calendar: Calendar): SystemJson['phases'] {
  const date = dateOf(clock.now())
  if (!calendar.isTradingDate(date)) return []
  // The first is the closed phase of the night.
  return phasesOf(calendar.hoursOf(date))
    .slice(1)
    .map(({ phase, time }) => ({ phase, from: isoTime(date, time) }))
}

function linesOf(cloud: Cloud, before: readonly LineItems[], after: readonly LineItems[]): LineTasksJson[] {
  const services = Object.values(cloud.stats().services)
  return LINE_NUMBERS.map((line, index) => {
    const { running = 0, desired = 0 } = services[index] ?? {}
    const [first, second] = [before[index], after[index]]
    const { holder, standby } = first && second ? lineTasks(line, first, second) : {}
    return {
      line,
      running,
      desired,
      publishes: holder?.alive === true,
      standby: standby?.alive === true && standby.ready,
    }
  })
}
