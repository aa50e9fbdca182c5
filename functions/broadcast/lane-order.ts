/**
 * The order of envelopes in each lane: finds repetitions, gaps, and envelopes of replaced tasks. docs/envelope-format.md
 * has the rules.
 */
import type { EnvelopeHeader } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import type { EpochMillis, TradingDate } from '../../market/units.ts'

/**
 * `late`: a newer task has taken over the lane. `repeated`: the lane has passed this envelope. `gap`: envelopes before it
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
  return {
    begin(headers) {
      const seen = new Set<string>()
      for (const { line, lane, tradingDate, epoch, counter } of headers) {
        const name = laneName(line, lane)
        const key = `${name} ${epoch}`
        if (seen.has(key)) continue
        seen.add(key)
        const before = lanes.get(name)
        const isOlder = before !== undefined && isLate({ tradingDate, epoch }, before)
        if (counter === 1 || isOlder) continue
        lanes.set(name, { tradingDate, epoch, counters: new Map([[epoch, counter - 1]]) })
      }
    },
    enter(header) {
      const name = laneName(header.line, header.lane)
      const passed = lanes.get(name)
      if (passed !== undefined && isLate(header, passed)) return 'late'
      if (passed !== undefined && isRepeated(header, passed)) return 'repeated'
      const { epoch, counter, tradingDate } = header
      const counters = [...(passed?.counters ?? [])].filter(([other]) => other !== epoch)
      const kept = counters.slice(-EPOCHS_KEPT)
      lanes.set(name, { tradingDate, epoch, counters: new Map([...kept, [epoch, counter]]) })
      return passed !== undefined && isNext(header, passed) ? 'next' : 'gap'
    },
  }
}

function isLate(
  { tradingDate, epoch }: Pick<EnvelopeHeader, 'tradingDate' | 'epoch'>,
  passed: Passed,
): boolean {
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
