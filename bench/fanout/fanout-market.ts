/** The market of the fan-out benchmark: the records of each round from the opening on, and every trade. */
import { SECOND } from '../../local/exchange/hours.ts'
import { LINES } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import { createCutter } from '../lane-cutter.ts'
import { type OpeningOptions, playOpening, SETTLED, START, tickOf } from '../opening.ts'

/** Market time of a round (ms): a lane sends an envelope after at most this time (ingest-task/publish). */
export const ROUND_MS = 100
/** The first round after {@link SETTLED}, and the first round after the opening, five seconds earlier. */
export const SETTLED_ROUND = (SETTLED - START) / (ROUND_MS * 1000)
export const OPENING_ROUND = SETTLED_ROUND - (5 * SECOND) / (ROUND_MS * 1000)

export interface FanoutMarket {
  /** Envelopes of all lines in base64, as Lambda delivers them, for each round. */
  readonly rounds: readonly (readonly string[])[]
  /** Issues, those with the most ticks first. */
  readonly busiest: readonly string[]
  /** By issue: the sequence of each trade, in order. */
  readonly trades: ReadonlyMap<string, readonly number[]>
  /** By issue: the last tick. */
  readonly latest: ReadonlyMap<string, Tick>
}

export function playMarket(options: OpeningOptions): FanoutMarket {
  const rounds: string[][] = []
  const counts = new Map<string, number>()
  const trades = new Map<string, number[]>()
  const latest = new Map<string, Tick>()
  let now: number = START
  const send = (envelope: Uint8Array): void => {
    const round = Math.floor((now - START) / (ROUND_MS * 1000))
    while (rounds.length <= round) rounds.push([])
    rounds[round]!.push(Buffer.from(envelope).toString('base64'))
  }
  const lines = Array.from({ length: LINES }, (_, index) => {
    const boards = new Map<string, Tick>()
    return { boards, cutter: createCutter(index + 1, send, () => boards.values()) }
  })
  for (const message of playOpening(options)) {
    now = message.time
    const { issue } = message
    const tick = tickOf(message)
    const { boards, cutter } = lines[message.line - 1]!
    boards.set(issue, tick)
    latest.set(issue, tick)
    counts.set(issue, (counts.get(issue) ?? 0) + 1)
    if (message.trade !== undefined) {
      const sequences = trades.get(issue) ?? []
      trades.set(issue, sequences)
      sequences.push(message.sequence)
    }
    cutter.add(tick)
  }
  for (const { cutter } of lines) cutter.finish()
  const busiest = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!)
  return { rounds, busiest, trades, latest }
}
