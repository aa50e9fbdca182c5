/** Collects golden vectors: ticks, and their envelopes, key frames and packs as the codec of this checkout writes them. */
import {
  type EnvelopeHeader,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
} from '../../../market/codec/envelope.ts'
import { encodePack } from '../../../market/codec/pack.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { TRADING_DATE } from '../codec/arbitrary-ticks.ts'
import { toJson, type VectorsJson } from './vectors.ts'

interface Sizes {
  readonly envelopeTicks: number
  readonly packTicks: number
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export class VectorWriter {
  readonly #ticks: Tick[] = []
  readonly #envelopes: VectorsJson['envelopes'][number][] = []
  readonly #keyFrames: VectorsJson['keyFrames'][number][] = []
  readonly #packs: VectorsJson['packs'][number][] = []
  readonly #events: VectorsJson['events'][number][] = []
  readonly #sizes: Sizes
  #counter = 0

  constructor(sizes: Sizes) {
    this.#sizes = sizes
  }

  /** Envelopes so far. */
  get counter(): number {
    return this.#counter
  }

  #header(line: number, follows?: EnvelopeHeader['follows']): EnvelopeHeader {
    const counter = ++this.#counter
    return {
      line,
      lane: counter % 16,
      epoch: asEpochMillis(1_795_000_000_123 + counter * 977),
      counter: counter * counter,
      tradingDate: TRADING_DATE,
      position: counter * 10_007,
      reached: counter * 9_973,
      ...(follows === undefined ? {} : { follows }),
    }
  }

  /** Adds the ticks of one line as envelopes, as packs by issue, and the last tick of each issue as a key frame. */
  add(source: readonly Tick[], follows?: EnvelopeHeader['follows']): void {
    const { envelopeTicks, packTicks } = this.#sizes
    const ticks = this.#ticks
    const first = ticks.length
    ticks.push(...source)
    const line = source[0]!.line
    const indices = source.map((_, index) => first + index)
    for (let at = 0; at < indices.length; at += envelopeTicks) {
      const chosen = indices.slice(at, at + envelopeTicks)
      const writer = new EnvelopeWriter()
      for (const index of chosen) writer.add(ticks[index]!)
      const header = this.#header(line, follows)
      this.#envelopes.push({ header, ticks: chosen, bytes: base64(writer.finish(header)) })
    }
    const byIssue = Map.groupBy(indices, index => ticks[index]!.board.issue)
    for (const group of byIssue.values()) {
      for (let at = 0; at < group.length; at += packTicks) {
        const chosen = group.slice(at, at + packTicks)
        this.#packs.push({ ticks: chosen, bytes: base64(encodePack(chosen.map(index => ticks[index]!))) })
      }
    }
    const last = [...byIssue.values()].map(group => group.at(-1)!)
    const header = this.#header(line)
    const boards = last.map(index => ticks[index]!)
    this.#keyFrames.push({
      header,
      part: 1,
      parts: 2,
      ticks: last,
      bytes: base64(encodeBoards(header, 1, 2, boards)),
    })
  }

  addEvents(line: number, events: readonly MarketEvent[]): void {
    const header = this.#header(line)
    this.#events.push({ header, events, bytes: base64(encodeEvents(header, events)) })
  }

  finish(): VectorsJson {
    return {
      ticks: this.#ticks.map(toJson),
      envelopes: this.#envelopes,
      keyFrames: this.#keyFrames,
      events: this.#events,
      packs: this.#packs,
    }
  }
}
