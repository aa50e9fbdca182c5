/**
 * Reads the stream records of a round: ticks go to the market log, events are collected. Records of a replaced task are
 * dropped: the newer task of the lane publishes their content again.
 */
import { Buffer } from 'node:buffer'
import { decodeEnvelope, EnvelopeError } from '../../market/codec/envelope.ts'
import { isMarketEvent, type MarketEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochMillis } from '../../market/units.ts'
import { boundedEvent } from './bounded-news.ts'
import type { MarketLog } from './market-log.ts'

/** An event and the epoch of the task that published it. */
export interface ArrivedEvent {
  readonly event: MarketEvent
  readonly epoch: EpochMillis
}

export interface ReadRecords {
  readonly events: readonly ArrivedEvent[]
  readonly ticks: number
  /** The tick with the latest time; undefined without ticks. The boards of a key frame are not ticks of this round. */
  readonly youngest: Tick | undefined
  /** Records that are not a valid envelope. */
  readonly errors: readonly EnvelopeError[]
}

/** @param records envelopes in base64, as Lambda delivers them. */
export function readRecords(records: readonly string[], log: Pick<MarketLog, 'take'>): ReadRecords {
  const events: ArrivedEvent[] = []
  const errors: EnvelopeError[] = []
  let ticks = 0
  let youngest: Tick | undefined
  for (const record of records) {
    try {
      const envelope = decodeEnvelope(Buffer.from(record, 'base64'))
      if (log.take(envelope) === 'late') continue
      if (envelope.kind === 'events') {
        const { epoch } = envelope
        const ours = envelope.events.filter(isMarketEvent).map(boundedEvent)
        events.push(...ours.map(event => ({ event, epoch })))
      }
      if (envelope.kind === 'ticks') {
        ticks += envelope.ticks.length
        for (const tick of envelope.ticks) {
          if (youngest === undefined || tick.time > youngest.time) youngest = tick
        }
      }
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      errors.push(error)
    }
  }
  return { events, ticks, youngest, errors }
}
