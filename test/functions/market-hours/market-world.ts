/** The resources and the control table of market-hours in memory, for tests of its runs. AWS takes every move at once. */
import { PLAN } from '../../../cdk/plan.ts'
import {
  Later,
  type MarketResource,
  nameOf,
  type Value,
} from '../../../functions/market-hours/market-resource.ts'
import {
  type MarketHoursPorts,
  runMarketHours,
  SKIPPED,
} from '../../../functions/market-hours/run-market-hours.ts'
import { wantedValues } from '../../../functions/market-hours/wanted-values.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import type { Phase } from '../../../market/market-event.ts'
import { momentFromIso } from '../../../market/moment.ts'
import { asTradingDate, type EpochMicros, type TradingDate } from '../../../market/units.ts'
import type { Hold } from '../../../tables/control/hold-item.ts'
import type { MarketState } from '../../../tables/control/market-state.ts'

const LINES = [1, 2, 3]

/** A moment of 2026-11-20, a Friday, or of another date: `09:00`, `2026-11-22T20:00`. */
export function at(time: string): EpochMicros {
  const moment = momentFromIso(`${time.includes('T') ? time : `2026-11-20T${time}`}:00+09:00`)
  if (moment === undefined) throw new RangeError(`expected a time, got ${time}`)
  return moment
}

export class MarketWorld {
  /** Values by name, as at the level `asleep`. */
  readonly values = new Map<string, Value>(
    wantedValues(PLAN.levels.asleep, LINES).map(({ kind, name, value }) => [nameOf({ kind, name }), value]),
  )
  /** Parts that fail, by name: `tasks line 1`, `hold`, `state`, … */
  readonly broken = new Set<string>()
  /** Resources that AWS does not change for now. */
  readonly limited = new Set<string>()
  /** Moves in the order in which AWS took them. */
  readonly log: string[] = []
  hold: Hold | undefined
  state: MarketState | undefined
  isLocked = false
  linePhase: Phase | undefined
  mark = ''
  newest: TradingDate | undefined = asTradingDate(20261120)
  archived: 'close' | 'final' | 'whole' | undefined = 'whole'

  readonly ports: MarketHoursPorts = {
    plan: PLAN,
    lines: LINES,
    calendar: async () => this.#unlessBroken('calendar', RULES),
    control: {
      lock: async () => {
        this.#unlessBroken('lock', undefined)
        if (this.isLocked) return undefined
        this.isLocked = true
        return async () => {
          this.isLocked = false
        }
      },
      hold: async () => this.#unlessBroken('hold', this.hold),
      state: async () => this.#unlessBroken('state', this.state),
      saveState: async state => {
        this.state = this.#unlessBroken('state', JSON.parse(JSON.stringify(state)))
      },
    },
    signs: {
      linePhase: async () => this.#unlessBroken('phase of the lines', this.linePhase),
      progress: async () =>
        this.#unlessBroken('progress of the lines', { mark: this.mark, newest: this.newest }),
      archived: async () => this.#unlessBroken('archive', this.archived),
    },
    resources: wantedValues(PLAN.levels.asleep, LINES).map(({ kind, name }) => this.#resource(kind, name)),
  }

  /** Runs market-hours. @throws Error if another run holds the lock. */
  async run(time: string): Promise<MarketState> {
    const state = await runMarketHours(this.ports, at(time))
    if (state === SKIPPED) throw new Error('expected the lock to be free')
    return state
  }

  /** Returns the values whose names begin with `prefix`. */
  valuesOf(prefix: string): Value[] {
    return [...this.values].flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : []))
  }

  #resource(kind: MarketResource['kind'], name: string): MarketResource {
    const id = nameOf({ kind, name })
    return {
      kind,
      name,
      read: async () => this.#unlessBroken(id, { value: this.values.get(id) ?? 0 }),
      apply: async to => {
        if (this.limited.has(id)) throw new Later('LimitExceededException: ten a day')
        this.#unlessBroken(`${id}!`, undefined)
        this.log.push(`${id} → ${to}`)
        this.values.set(id, to)
      },
    }
  }

  #unlessBroken<T>(part: string, value: T): T {
    if (this.broken.has(part)) throw new Error(`${part} is away`)
    return value
  }
}
