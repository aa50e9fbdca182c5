/**
 * The order of envelopes in each lane: finds repetitions, gaps, and envelopes of replaced tasks. docs/envelope-format.md
 * has the rules.
 */
import type { EnvelopeHeader } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import type { EpochMillis, TradingDate } from '../../market/units.ts'

/**
 * `late`: a newer task has taken over the lane. `repeated`: the lane took this envelope before. `gap`: envelopes before it
 * are missing, or it is the first of its lane.
 */
export type LanePlace = 'late' | 'repeated' | 'next' | 'gap'

export interface LaneOrder {
  /**
   * Prepares a new reader for its first envelopes. If the first of them of an epoch has a counter above 1, this epoch began
   * before them, and older epochs are late.
   */
  begin(headers: readonly EnvelopeHeader[]): void
  /** Notes an envelope. A late or repeated envelope changes nothing. */
  enter(header: EnvelopeHeader): LanePlace
}

/**
 * Replaced tasks of a lane that are remembered. A new task may continue an earlier task than the last: a task that took
 * over and died at once has not reported what it published.
 */
const EPOCHS_KEPT = 8

/** How far the envelopes of a lane have come. */
interface Passed {
  readonly tradingDate: TradingDate
  readonly epoch: EpochMillis
  /** By epoch, the latest last: the counter of the last envelope. */
  readonly counters: ReadonlyMap<EpochMillis, number>
}

export function createLaneOrder(): LaneOrder {
  const lanes = new Map<string, Passed>()
  const pass = ({ line, lane, tradingDate, epoch }: EnvelopeHeader, counter: number): void => {
    const name = laneName(line, lane)
    const others = [...(lanes.get(name)?.counters ?? [])].filter(([other]) => other !== epoch)
    const counters = new Map([...others.slice(-EPOCHS_KEPT), [epoch, counter]])
    lanes.set(name, { tradingDate, epoch, counters })
  }
  return {
    begin(headers) {
      const seen = new Set<string>()
      for (const header of headers) {
        const { line, lane, epoch, counter } = header
        const name = laneName(line, lane)
        const key = `${name} ${epoch}`
        if (seen.has(key)) continue
        seen.add(key)
        if (counter > 1 && !isLate(header, lanes.get(name))) pass(header, counter - 1)
      }
    },
    enter(header) {
      const passed = lanes.get(laneName(header.line, header.lane))
      if (passed !== undefined && isRepeated(header, passed)) return 'repeated'
      if (isLate(header, passed)) return 'late'
      pass(header, header.counter)
      return passed !== undefined && isNext(header, passed) ? 'next' : 'gap'
    },
  }
}

function isLate({ tradingDate, epoch }: EnvelopeHeader, passed: Passed | undefined): boolean {
  if (passed === undefined) return false
  return tradingDate === passed.tradingDate ? epoch < passed.epoch : tradingDate < passed.tradingDate
}

function isRepeated({ tradingDate, epoch, counter }: EnvelopeHeader, passed: Passed): boolean {
  return tradingDate === passed.tradingDate && counter <= (passed.counters.get(epoch) ?? 0)
}

/**
 * Returns whether the lane has every envelope before this one. A new task has every tick after the envelope that it
 * follows, so what the replaced task has published after that envelope is repeated, and need not be complete.
 */
function isNext({ epoch, counter, follows }: EnvelopeHeader, { epoch: last, counters }: Passed): boolean {
  if (epoch === last) return counter === counters.get(last)! + 1
  return follows !== undefined && (counters.get(follows.epoch) ?? 0) >= follows.counter
}
