/** What people do in a simulated year: they hold the market open or closed, and change values by hand in the maintenance window. */
import { below, type Random } from '../../local/exchange/random.ts'
import { dateOf, isoDate, timeOfDay } from '../../market/moment.ts'
import { addMicros, type EpochMicros } from '../../market/units.ts'
import type { Hold } from '../../tables/control/hold-item.ts'
import type { ExchangeDay } from './exchange-days.ts'
import type { SimulatedAccount } from './simulated-account.ts'

const MINUTE = 60_000_000
/** Shares of the trading dates on which a person holds the market open, closed before the opening, and closed while it is open. */
const HOLDS = 0.02
/** A hold in trading hours starts so many minutes after orders are accepted, at most. */
const MOST_AFTER_OPENING = 360
/** Sunday 20:30: a deployment by hand. */
const BY_HAND = { weekday: 0, minute: 20 * 60 + 30 }

/** A hold, and the time at which a person writes it. */
export interface PlannedHold {
  readonly from: EpochMicros
  readonly hold: Hold
}

/**
 * Returns the hold of a day, if a person holds the market: open until two hours after the close, closed until an hour after the
 * opening, or closed for an hour by mistake while the exchange is open.
 */
export function holdOf(
  day: ExchangeDay | undefined,
  midnight: EpochMicros,
  random: Random,
): PlannedHold | undefined {
  const draw = random()
  if (day === undefined || draw > 3 * HOLDS) return undefined
  if (draw < HOLDS)
    return {
      from: midnight,
      hold: { mode: 'open', until: addMicros(day.closes, 120 * MINUTE), reason: 'rehearsal after the close' },
    }
  const from = draw < 2 * HOLDS ? midnight : addMicros(day.opens, below(random, MOST_AFTER_OPENING) * MINUTE)
  const until = addMicros(draw < 2 * HOLDS ? day.opens : from, 60 * MINUTE)
  return { from, hold: { mode: 'closed', until, reason: 'the exchange is expected to stay closed' } }
}

/** Changes values by hand, if it is the minute for it. */
export function changeByHand(account: SimulatedAccount): void {
  const { now } = account
  const isDay = new Date(isoDate(dateOf(now))).getUTCDay() === BY_HAND.weekday
  if (!isDay || timeOfDay(now) !== BY_HAND.minute * MINUTE) return
  account.updateMapping('broadcast', false, undefined)
  account.putReserved('connect', 10)
  account.putProvisioned('connect', 1)
}
