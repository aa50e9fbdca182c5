/** The ports of market-hours in a simulated year: its control table, and what it sees of the market. */
import type { ControlPort, MarketSigns } from '../../functions/market-hours/run-market-hours.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { dateOf } from '../../market/moment.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import type { Hold } from '../../tables/control/hold-item.ts'
import type { MarketState } from '../../tables/control/market-state.ts'
import { type ExchangeDay, reportedPhase, ticksFlow } from './exchange-days.ts'
import type { SimulatedAccount } from './simulated-account.ts'
import type { CallFaults } from './simulated-clients.ts'

/** Market time until the lock of a run that has died is free, µs (functions/market-hours/control-port.ts). */
const LOCK = 150_000_000
/** The progress of the lines changes this often while ticks come, µs. */
const PROGRESS_STEP = 1_000_000

/** The control table. */
export class SimulatedControl implements ControlPort {
  readonly #account: SimulatedAccount
  readonly #faults: CallFaults
  #lockedUntil = 0
  #state: string | undefined
  /** What `npm run ops -- hold` has written. */
  held: Hold | undefined

  constructor(account: SimulatedAccount, faults: CallFaults) {
    this.#account = account
    this.#faults = faults
  }

  async lock(): Promise<(() => Promise<void>) | undefined> {
    this.#faults.before('control')
    if (this.#lockedUntil > this.#account.now) return undefined
    this.#lockedUntil = this.#account.now + LOCK
    return async () => {
      this.#faults.before('control')
      this.#lockedUntil = 0
    }
  }

  async hold(): Promise<Hold | undefined> {
    this.#faults.before('control')
    return this.held
  }

  async state(): Promise<MarketState | undefined> {
    this.#faults.before('control')
    return this.#state === undefined ? undefined : (JSON.parse(this.#state) as MarketState)
  }

  async saveState(state: MarketState): Promise<void> {
    this.#faults.before('control')
    this.#state = JSON.stringify(state)
  }
}

export interface SignsParts {
  readonly account: SimulatedAccount
  readonly faults: CallFaults
  /** The calendar of the exchange itself. */
  readonly truth: Calendar
  readonly lines: readonly string[]
  dayOf(date: TradingDate): ExchangeDay | undefined
}

/** Returns what market-hours sees. Nothing comes from a line without a task, and no stage of the archive without the functions. */
export function simulatedSigns({ account, faults, truth, lines, dayOf }: SignsParts): MarketSigns {
  const isHeard = (): boolean => lines.some(line => account.working(line) > 0)
  let mark = ''
  let newest: TradingDate | undefined
  return {
    async linePhase(date) {
      faults.before('signs')
      const day = dayOf(dateOf(account.now))
      return isHeard() && dateOf(account.now) === date ? reportedPhase(truth, day, account.now) : undefined
    },
    async progress() {
      faults.before('signs')
      const day = dayOf(dateOf(account.now))
      if (isHeard() && ticksFlow(day, account.now)) {
        mark = String(Math.floor(account.now / PROGRESS_STEP))
        newest = dateOf(account.now)
      }
      return { mark, newest }
    },
    async archived(date) {
      faults.before('signs')
      return stageOf(dayOf(date), account.now)
    },
  }
}

function stageOf(day: ExchangeDay | undefined, now: EpochMicros): 'close' | 'whole' | undefined {
  if (day === undefined || now < day.archived.close) return undefined
  return now < day.archived.whole ? 'close' : 'whole'
}
