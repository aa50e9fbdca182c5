/**
 * Scenarios: one market message of a line has a value that cannot be true. The line, the sockets, the task and the stream
 * are real; the truth is the exchange.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../../../local/exchange/exchange.ts'
import { boardsEqual, F, orZero } from '../../../market/board.ts'
import { momentOf, timeOfDay } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { tagsOf, withTag } from '../../ingest-task/flex/bad-message.ts'
import { openStream } from '../../ingest-task/ingest-stream.ts'
import { MARKET, marketClock, openLines, runIngest } from '../../ingest-task/line-and-stream.ts'
import { type Fact, openTruth, ticksOf } from '../../ingest-task/line-truth.ts'
import type { Outcome, Scenario } from './scenario.ts'

const LINE = 1
const SECOND = 1_000_000
/** The bad message comes after the opening auction, the end some seconds later, µs of the day. */
const BAD_FROM = 9 * 3600 * SECOND + 3 * SECOND
const UNTIL = 9 * 3600 * SECOND + 20 * SECOND
/** Longest market time from a message to its arrival: seconds of a busy machine. */
const LATEST_ARRIVAL = 30 * SECOND
const NINES = `${'9'.repeat(14)}+`

interface Bad {
  readonly name: string
  readonly fault: string
  /** Tag that the bad message must have. */
  readonly tag: string
  readonly change: (bytes: Uint8Array) => Uint8Array
}

const BAD: readonly Bad[] = [
  {
    name: 'impossible-time',
    fault: 'one message says 23:59:59.999999 in all its times',
    tag: '4P',
    change: bytes => withTag(withTag(bytes, 'ST', 10, '235959999999'), '4P', 91, '235959999999'),
  },
  {
    name: 'falling-volume',
    fault: 'volume and turnover of one message are zero',
    tag: 'VL',
    change: bytes => withTag(withTag(bytes, 'VL', 6, '0'.padStart(14)), 'VA', 6, '0'.padStart(14)),
  },
  {
    name: 'jumping-update-number',
    fault: 'the update number of one message leaps to 99,999,999',
    tag: 'NO',
    change: bytes => withTag(bytes, 'NO', 2, '99999999'),
  },
  {
    name: 'fourteen-nines',
    fault: 'prices of one message have fourteen nines',
    tag: '4P',
    change: bytes => withTag(withTag(withTag(bytes, '4P', 76, NINES), '4P', 29, NINES), 'Q1', 6, NINES),
  },
]

export const badMessages: readonly Scenario[] = BAD.map(bad => ({
  name: bad.name,
  fault: bad.fault,
  run: seed => runBadMessage(bad, seed),
}))

async function runBadMessage(bad: Bad, seed: number): Promise<Outcome> {
  await using resources = new AsyncDisposableStack()
  const stream = resources.adopt(await openStream(), opened => opened.close())
  const clock = marketClock()
  const struck: { sequence: number; issue: string }[] = []
  const lines = resources.adopt(
    await openLines(clock, MARKET.tradingDate, [0, 0, 0], exchange => withBad(exchange, bad, seed, struck)),
    opened => opened.close(),
  )
  const task = runIngest(stream, clock, LINE, lines.ports[LINE - 1]!)
  await task.logged('line is live')
  await sleep(clock.realMillisecondsUntil(momentOf(MARKET.tradingDate, UNTIL)))
  await task.close()
  const [hit] = struck
  if (hit === undefined) throw new Error(`expected a message with the tag ${bad.tag}, got none`)
  const facts = openTruth(MARKET).of(LINE, timeOfDay(clock.now()))
  const ticks = ticksOf(await stream.envelopes(), LINE)
  return compare(ticks, facts, hit)
}

/** Changes one message after the opening: of the issue that traded before, so that its totals can fall. */
function withBad(
  exchange: Exchange,
  bad: Bad,
  seed: number,
  struck: { sequence: number; issue: string }[],
): Exchange {
  const traded = new Set<string>()
  let candidates = 0
  return {
    ...exchange,
    *advance(until) {
      for (const event of exchange.advance(until)) {
        if (event.kind !== 'message' || event.line !== LINE) {
          yield event
          continue
        }
        const isCandidate =
          event.time >= BAD_FROM && traded.has(event.issue) && tagsOf(event.bytes).includes(bad.tag)
        if (event.trade !== undefined) traded.add(event.issue)
        if (!isCandidate || struck.length > 0 || candidates++ < seed) yield event
        else {
          struck.push({ sequence: event.sequence, issue: event.issue })
          yield { ...event, bytes: bad.change(event.bytes) }
        }
      }
    },
  }
}

function compare(
  ticks: readonly Tick[],
  facts: readonly Fact[],
  hit: { sequence: number; issue: string },
): Outcome {
  let wrong = 0
  const sequences = new Set(ticks.map(({ sequence }) => sequence))
  const first = Math.min(...ticks.filter(({ trade }) => trade !== undefined).map(({ sequence }) => sequence))
  const last = Math.max(...sequences)
  let lost = 0
  for (let sequence = first; sequence <= last; sequence++)
    if (facts[sequence] !== undefined && !sequences.has(sequence)) lost++
  const known = new Set<string>()
  const arrivedAt = ticks.find(({ sequence }) => sequence === hit.sequence)?.time ?? Number.POSITIVE_INFINITY
  if (arrivedAt > facts[hit.sequence]!.time + LATEST_ARRIVAL) wrong++
  let [repeats, volume, tradedVolume] = [0, 0, 0]
  for (const tick of ticks) {
    const { board, sequence, time, trade } = tick
    const fact = facts[sequence]!
    const isKnown = known.has(board.issue)
    known.add(board.issue)
    if (board.issue === hit.issue) {
      if (isKnown) tradedVolume += trade?.quantity ?? 0
      else volume = orZero(board.values[F.volume]!)
    }
    if (board.issue !== hit.issue || sequence < hit.sequence) {
      const isSame = boardsEqual(board, fact.board) && time === fact.time
      if (!isSame || (isKnown && !sameTrade(trade, fact.trade))) wrong++
      continue
    }
    // The second trade of the issue after the bad message at the latest.
    if (sequence > hit.sequence && fact.trade !== undefined) repeats++
    if (time !== Math.max(fact.time, Math.min(time, arrivedAt))) wrong++
    if (repeats >= 2 && !boardsEqual(board, fact.board)) wrong++
    if (isNines(tick)) wrong++
  }
  const later = ticks.filter(({ board, sequence }) => board.issue === hit.issue && sequence > hit.sequence)
  if (later.length === 0) throw new Error(`expected later messages of ${hit.issue}, got none`)
  // The trades are all of the volume, also if a message brought them late.
  const end = later.at(-1)!.board.values[F.volume]!
  if (tradedVolume !== end - volume) wrong++
  return {
    wrong,
    lost,
    starved: 0,
    measured: `${ticks.length} ticks, ${later.length} later ones of the issue`,
  }
}

function isNines({ board: { values } }: Tick): boolean {
  return values.includes(99_999_999_999_999) || values[F.updateNumber] === 99_999_999
}

function sameTrade(one: Tick['trade'], other: Tick['trade']): boolean {
  return one?.price === other?.price && one?.quantity === other?.quantity && one?.side === other?.side
}
