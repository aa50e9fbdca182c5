/** The order of envelopes in each lane: finds repetitions and gaps. */
import type { EnvelopeHeader } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import type { EpochMillis, TradingDate } from '../../market/units.ts'

/** `past`: the lane has passed this envelope. `gap`: envelopes before it are missing, or it is the first of its lane. */
export type LanePlace = 'past' | 'next' | 'gap'

export interface LaneOrder {
  /** Notes an envelope. A repeated envelope, and an envelope of a process that was replaced, change nothing. */
  enter(header: EnvelopeHeader): LanePlace
}

/** The last envelope of a lane. */
interface LastEnvelope {
  readonly epoch: EpochMillis
  readonly counter: number
  readonly tradingDate: TradingDate
}

export function createLaneOrder(): LaneOrder {
  const lanes = new Map<string, LastEnvelope>()
  return {
    enter(header) {
      const name = laneName(header.line, header.lane)
      const last = lanes.get(name)
      if (last !== undefined && isPast(header, last)) return 'past'
      const { epoch, counter, tradingDate } = header
      lanes.set(name, { epoch, counter, tradingDate })
      return last !== undefined && isNext(header, last) ? 'next' : 'gap'
    },
  }
}

function isPast(header: EnvelopeHeader, last: LastEnvelope): boolean {
  if (header.tradingDate !== last.tradingDate) return header.tradingDate < last.tradingDate
  return header.epoch < last.epoch || (header.epoch === last.epoch && header.counter <= last.counter)
}

/** Returns whether an envelope is the next one of its lane, also if a new process continues the lane. */
function isNext({ epoch, counter, follows }: EnvelopeHeader, last: LastEnvelope): boolean {
  if (epoch === last.epoch) return counter === last.counter + 1
  return follows?.epoch === last.epoch && follows.counter === last.counter
}
