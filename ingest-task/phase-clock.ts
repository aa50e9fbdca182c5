/** Tells when a phase of the calendar has begun, so that apps get it even if the line does not say it. */
import { type Calendar, RULES } from '../market/calendar/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { dateOf, momentOf } from '../market/moment.ts'
import { type PhaseStart, phasesOf } from '../market/phase.ts'
import { addMicros, type EpochMicros, type Micros, type Millis, type TradingDate } from '../market/units.ts'

/** The line has this long (µs of market time) to say itself that a phase has begun. */
const GRACE: Micros = 1_000_000
/** The calendar is read again this often, real milliseconds: its exceptions may change. */
const CALENDAR_INTERVAL: Millis = 60_000

export interface PhaseClockOptions {
  readonly clock: Clock
  /** Returns the calendar with its exceptions. If it fails, the rules alone count. */
  calendar(): Promise<Calendar>
  /** Reports why the rules alone count. */
  unread(error: unknown): void
  /** Reports that a phase of a trading date began a second ago. */
  begun(date: TradingDate, start: PhaseStart): void
}

export class PhaseClock {
  readonly #options: PhaseClockOptions
  #timer: NodeJS.Timeout | undefined
  /** Phases up to this moment are reported. Those before the start of the task are not. */
  #reported: EpochMicros
  #isClosed = false

  constructor(options: PhaseClockOptions) {
    this.#options = options
    this.#reported = addMicros(options.clock.now(), -GRACE)
    void this.#run()
  }

  /**
   * Reports the phase that is true now, although it began earlier. For a task that begins to publish without a holder before it: no
   * task has published what this clock reported until then.
   */
  async repeat(): Promise<void> {
    const { clock, begun } = this.#options
    const calendar = await this.#readCalendar()
    if (this.#isClosed) return
    const now = addMicros(clock.now(), -GRACE)
    const current = phasesBetween(calendar, momentOf(dateOf(now), 0), now).at(-1)
    if (current !== undefined) begun(current.date, current)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    const { clock, begun } = this.#options
    const calendar = await this.#readCalendar()
    if (this.#isClosed) return
    const now = addMicros(clock.now(), -GRACE)
    // After a pause of the process only the last phase is still true.
    const last = phasesBetween(calendar, this.#reported, now).at(-1)
    this.#reported = now
    if (last !== undefined) begun(last.date, last)
    const next = nextPhase(calendar, now)
    const wait = Math.min(CALENDAR_INTERVAL, clock.realMillisecondsUntil(addMicros(next, GRACE)))
    this.#timer = setTimeout(() => void this.#run(), wait)
  }

  #readCalendar(): Promise<Calendar> {
    const { calendar, unread } = this.#options
    return calendar().catch(error => {
      unread(error)
      return RULES
    })
  }
}

/** Returns the phases that begin after `from`, up to `to`, oldest first. */
function phasesBetween(
  calendar: Calendar,
  from: EpochMicros,
  to: EpochMicros,
): (PhaseStart & { readonly date: TradingDate })[] {
  // A task lives through one trading date. Nothing begins at midnight.
  const date = dateOf(to)
  if (!calendar.isTradingDate(date)) return []
  return phasesOf(calendar.hoursOf(date))
    .filter(({ time }) => time > 0 && momentOf(date, time) > from && momentOf(date, time) <= to)
    .map(start => ({ ...start, date }))
}

/** Returns when the next phase begins. */
function nextPhase(calendar: Calendar, moment: EpochMicros): EpochMicros {
  const today = dateOf(moment)
  const dates = calendar.isTradingDate(today)
    ? [today, calendar.nextTradingDate(today)]
    : [calendar.nextTradingDate(today)]
  const starts = dates.flatMap(date =>
    phasesOf(calendar.hoursOf(date)).flatMap(({ time }) => (time > 0 ? [momentOf(date, time)] : [])),
  )
  return starts.find(start => start > moment) ?? moment
}
