/** Reads bars, boards and hours from the REST API. */
import type { BarInterval } from '../../market/bar-times.ts'
import type { BarJson } from '../../market/bars.ts'
import type { BoardJson } from '../../market/board-json.ts'
import type { CalendarDayJson } from '../../market/calendar/calendar-json.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { hoursFromJson } from '../../market/calendar/hours-json.ts'
import type { DayBarJson } from '../../market/day-bar.ts'
import { morningEnd } from '../../market/day-prices.ts'
import { DAY_MICROSECONDS, dateOf, isoDate, isoTime, timeOfDay } from '../../market/moment.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import { withParameters } from '../address.ts'
import type { StoredBars } from './bar-series.ts'
import type { StoredDays } from './day-series.ts'
import { dateOfIso, momentOfIso } from './iso-parts.ts'

/** Returns the JSON of an address below the REST API. */
export type GetJson = (address: string) => Promise<unknown>

export interface BarsHistory {
  /** Reads the bars that end after `from`, ISO 8601, up to the latest stored moment. Default: of the latest date. */
  bars(interval: Exclude<BarInterval, '1d'>, from: string | undefined): Promise<StoredBars & AsOf>
  days(from: string | undefined): Promise<StoredDays & AsOf>
}

export interface AsOf {
  /** Every tick up to this moment is counted. */
  readonly asOf: EpochMicros
}

/** What an answer with bars has. */
interface BarsAnswer<Bar> {
  readonly asOf: string
  readonly bars: readonly Bar[]
  readonly next?: string
  readonly late?: true
}

/** @param history the address of the routes of prices, `https://…/v1/realtime`. */
export function createBarsHistory(get: GetJson, history: string, issue: string): BarsHistory {
  const root = history.replace(/\/+$/, '')
  const route = (name: string): string => `${root}/${name}/${encodeURIComponent(issue)}`

  /** Reads all pages. The first page sets the end of the others. */
  async function readBars<Bar>(interval: BarInterval, from: string | undefined) {
    const bars: Bar[] = []
    let isLate = false
    let asOf: string | undefined
    let next: string | undefined
    do {
      const parameters = {
        interval,
        ...(from === undefined ? {} : { from }),
        ...(asOf === undefined ? {} : { to: asOf }),
        ...(next === undefined ? {} : { after: next }),
      }
      const page = (await get(withParameters(route('bars'), parameters))) as BarsAnswer<Bar>
      asOf ??= page.asOf
      bars.push(...page.bars)
      if (page.late) isLate = true
      next = page.next
    } while (next !== undefined)
    return { bars, isLate, asOf, moment: momentOfIso(asOf) }
  }

  async function boardAt(moment: string): Promise<BoardJson | undefined> {
    const answer = (await get(withParameters(route('boards'), { at: moment }))) as { board: BoardJson | null }
    return answer.board ?? undefined
  }

  async function hoursOf(date: TradingDate): Promise<Hours | undefined> {
    const day = isoDate(date)
    const calendar = `${root.replace(/\/realtime$/, '')}/calendar`
    const answer = await get(withParameters(calendar, { from: day, to: day }))
    const { days } = answer as { days: readonly CalendarDayJson[] }
    return days[0] && hoursFromJson(days[0])
  }

  /** Returns what is true at a moment: the board, its trading date and the hours of the date. */
  async function stateAt(asOf: string, moment: EpochMicros) {
    const board = await boardAt(asOf)
    const today = dateOf(moment)
    const date = board === undefined ? today : dateOfIso(board.date)
    // On a closed day the moment is the end of the trading date before.
    const until = date === today ? timeOfDay(moment) : DAY_MICROSECONDS - 1
    return { board, date, until, hours: await hoursOf(date), asOf: moment }
  }

  return {
    async bars(interval, from) {
      const { bars, isLate, asOf, moment } = await readBars<BarJson>(interval, from)
      const { board, ...state } = await stateAt(asOf, moment)
      return { ...state, bars, isLate, sequence: board?.sequence ?? 0, volume: board?.volume ?? 0 }
    },
    async days(from) {
      const { bars, isLate, asOf, moment } = await readBars<DayBarJson>('1d', from)
      const { hours, ...state } = await stateAt(asOf, moment)
      const noon = hours && morningEnd(hours)
      const isAfternoon = noon !== undefined && state.until > noon
      const morning = isAfternoon ? await boardAt(isoTime(state.date, noon)) : undefined
      return { ...state, hours, bars, isLate, morning }
    },
  }
}
