/** Reads the stream records of a round: ticks go to the market log, events are collected. */
import { Buffer } from 'node:buffer'
import { decodeEnvelope, EnvelopeError } from '../../market/codec/envelope.ts'
import { isMarketEvent, type MarketEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import { boundedEvent } from './bounded-news.ts'
import type { MarketLog } from './market-log.ts'

export interface ReadRecords {
  readonly events: readonly MarketEvent[]
  readonly ticks: number
  /** The tick with the latest time; undefined without ticks. The boards of a key frame are not ticks of this round. */
  readonly youngest: Tick | undefined
  /** Records that are not a valid envelope. */
  readonly errors: readonly EnvelopeError[]
}

/** @param records envelopes in base64, as Lambda delivers them. */
export function readRecords(records: readonly string[], log: Pick<MarketLog, 'take'>): ReadRecords {
  const events: MarketEvent[] = []
  const errors: EnvelopeError[] = []
  let ticks = 0
  let youngest: Tick | undefined
  for (const record of records) {
    try {
      const envelope = decodeEnvelope(Buffer.from(record, 'base64'))
      if (envelope.kind === 'events') {
        events.push(...envelope.events.filter(isMarketEvent).map(boundedEvent))
      }
      if (envelope.kind === 'ticks') {
        ticks += envelope.ticks.length
        for (const tick of envelope.ticks) {
          if (youngest === undefined || tick.time > youngest.time) youngest = tick
        }
      }
      log.take(envelope)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      errors.push(error)
    }
  }
  return { events, ticks, youngest, errors }
}
