/**
 * Writes the golden vectors that do not exist, with the codec of this checkout. Run it once per format version.
 *
 * - `opening`: a synthetic market around the opening, and arbitrary ticks with extreme values in every field.
 * - `trading`: the same market in continuous trading, at the lunch break and at the close, in short envelopes and packs.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { copyBoard } from '../../../market/board.ts'
import { LINE_NUMBERS } from '../../../market/lane.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { arbitraryTicks, TRADING_DATE } from '../codec/arbitrary-ticks.ts'
import { VectorWriter } from './vector-writer.ts'
import { VECTOR_FILES, type VectorsJson } from './vectors.ts'

const SEED = 20_261_120
const HOUR = 3_600_000_000
const MINUTE = 60_000_000
const OPENING_TICKS = 2_600
const TRADING_TICKS = 500
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

/** Returns the first `count` ticks of the market from a time of the day on. */
function marketTicks(from: number, count: number): Tick[] {
  const ticks: Tick[] = []
  const exchange = openExchange({ seed: SEED, issues: 40, rate: 300, tradingDate: TRADING_DATE, from })
  for (const event of exchange.advance(from + HOUR)) {
    if (ticks.length === count) break
    if (event.kind !== 'message') continue
    const { line, sequence, time, board, trade } = event
    const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
    ticks.push(trade === undefined ? tick : { ...tick, trade })
  }
  return ticks
}

function openingVectors(): VectorsJson {
  const writer = new VectorWriter({ envelopeTicks: 60, packTicks: 200 })
  const market = marketTicks(9 * HOUR - 10_000_000, OPENING_TICKS)
  for (const line of LINE_NUMBERS) writer.add(market.filter(tick => tick.line === line))
  const samples = fc.sample(arbitraryTicks({ minLength: 1 }), { seed: SEED, numRuns: ARBITRARY_SAMPLES })
  for (const sample of samples)
    writer.add(sample, { epoch: asEpochMillis(1_794_999_000_001), counter: 7 + writer.counter })
  writer.addEvents(3, EVENTS)
  return writer.finish()
}

function tradingVectors(): VectorsJson {
  const writer = new VectorWriter({ envelopeTicks: 12, packTicks: 4 })
  for (const from of [10 * HOUR, 11 * HOUR + 29 * MINUTE, 12 * HOUR + 30 * MINUTE, 15 * HOUR + 29 * MINUTE]) {
    const market = marketTicks(from, TRADING_TICKS)
    for (const line of LINE_NUMBERS) writer.add(market.filter(tick => tick.line === line))
  }
  return writer.finish()
}

const VECTORS = { opening: openingVectors, trading: tradingVectors }

for (const [name, make] of Object.entries(VECTORS)) {
  const file = VECTOR_FILES[name as keyof typeof VECTORS]
  if (existsSync(file)) {
    console.log(`${name}: exists`)
    continue
  }
  const vectors = make()
  writeFileSync(file, gzipSync(JSON.stringify(vectors), { level: 9 }))
  const { ticks, envelopes, keyFrames, packs } = vectors
  console.log(
    `${name}: ${ticks.length} ticks, ${envelopes.length} envelopes, ${keyFrames.length} key frames, ${packs.length} packs`,
  )
}
