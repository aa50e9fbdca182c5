/**
 * Writes the golden vectors with the codec of this checkout: ticks of a synthetic market around the opening, and
 * arbitrary ticks with extreme values in every field. Run it once per format version.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { copyBoard } from '../../../market/board.ts'
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
import { arbitraryTicks, TRADING_DATE } from '../codec/arbitrary-ticks.ts'
import { toJson, VECTORS_FILE, type VectorsJson } from './vectors.ts'

const SEED = 20_261_120
const ENVELOPE_TICKS = 60
const PACK_TICKS = 200
const MARKET_TICKS = 2_600
const ARBITRARY_SAMPLES = 90

const EVENTS: readonly MarketEvent[] = [
  { type: 'phase', time: '2026-11-20T09:00:00+09:00', phase: 'morning' },
  {
    type: 'news',
    time: '2026-11-20T09:00:01+09:00',
    headline: '髙島﨑①㈱、業績予想を修正',
    issues: ['7203', '130A'],
  },
]

const ticks: Tick[] = []
const envelopes: VectorsJson['envelopes'][number][] = []
const keyFrames: VectorsJson['keyFrames'][number][] = []
const packs: VectorsJson['packs'][number][] = []

let counter = 0
function header(line: number, follows?: EnvelopeHeader['follows']): EnvelopeHeader {
  counter++
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

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Adds the ticks of one line as envelopes, as packs by issue, and the last tick of each issue as a key frame. */
function add(source: readonly Tick[], follows?: EnvelopeHeader['follows']): void {
  const first = ticks.length
  ticks.push(...source)
  const line = source[0]!.line
  const indices = source.map((_, index) => first + index)
  for (let at = 0; at < indices.length; at += ENVELOPE_TICKS) {
    const chosen = indices.slice(at, at + ENVELOPE_TICKS)
    const writer = new EnvelopeWriter()
    for (const index of chosen) writer.add(ticks[index]!)
    const head = header(line, follows)
    envelopes.push({ header: head, ticks: chosen, bytes: base64(writer.finish(head)) })
  }
  const byIssue = Map.groupBy(indices, index => ticks[index]!.board.issue)
  for (const group of byIssue.values()) {
    for (let at = 0; at < group.length; at += PACK_TICKS) {
      const chosen = group.slice(at, at + PACK_TICKS)
      packs.push({ ticks: chosen, bytes: base64(encodePack(chosen.map(index => ticks[index]!))) })
    }
  }
  const last = [...byIssue.values()].map(group => group.at(-1)!)
  const head = header(line)
  keyFrames.push({
    header: head,
    part: 1,
    parts: 2,
    ticks: last,
    bytes: base64(
      encodeBoards(
        head,
        1,
        2,
        last.map(index => ticks[index]!),
      ),
    ),
  })
}

const market: Tick[] = []
const exchange = openExchange({
  seed: SEED,
  issues: 40,
  rate: 300,
  tradingDate: TRADING_DATE,
  from: 8 * 3_600_000_000 + 3_590_000_000,
})
for (const event of exchange.advance(10 * 3_600_000_000)) {
  if (market.length === MARKET_TICKS) break
  if (event.kind !== 'message') continue
  const { line, sequence, time, board, trade } = event
  const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
  market.push(trade === undefined ? tick : { ...tick, trade })
}
for (const line of [1, 2, 3]) add(market.filter(tick => tick.line === line))

for (const sample of fc.sample(arbitraryTicks({ minLength: 1 }), {
  seed: SEED,
  numRuns: ARBITRARY_SAMPLES,
})) {
  add(sample, { epoch: asEpochMillis(1_794_999_000_001), counter: 7 + counter })
}

const eventsHeader = header(3)
const vectors: VectorsJson = {
  ticks: ticks.map(toJson),
  envelopes,
  keyFrames,
  events: [{ header: eventsHeader, events: EVENTS, bytes: base64(encodeEvents(eventsHeader, EVENTS)) }],
  packs,
}
writeFileSync(VECTORS_FILE, gzipSync(JSON.stringify(vectors), { level: 9 }))
console.log(
  `${ticks.length} ticks, ${envelopes.length} envelopes, ${keyFrames.length} key frames, ${packs.length} packs`,
)
