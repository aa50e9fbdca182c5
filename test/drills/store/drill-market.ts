/** Some seconds of a market: the ticks of the exchange, and the records that ingest tasks put for them. */
import { FLUSH_MILLISECONDS } from '../../../ingest-task/publish/gather-time.ts'
import { createLane, type Lane } from '../../../ingest-task/publish/lane-sender.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { HOUR, SECOND } from '../../../local/exchange/hours.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { copyBoard } from '../../../market/board.ts'
import { decodeEnvelope, decodeHeader, type EnvelopeHeader } from '../../../market/codec/envelope.ts'
import { LINES, laneHashKey, laneName, laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { randomOf } from '../seed.ts'

export const TRADING_DATE = asTradingDate(20261120)
/** The market starts before the opening auctions and ends after them. */
const FROM = 9 * HOUR - SECOND
const UNTIL = FROM + 4 * SECOND
/** More issues than BatchWriteItem takes items (25), so that a batch needs several writes. */
const MARKET = { issues: 60, rate: 200, tradingDate: TRADING_DATE, from: FROM }
const LANES = 2

/** Most ticks of a line between two envelopes of its lanes. */
const MOST_TICKS_A_LOOK = 60
const KEY_FRAME_CHANCE = 0.02
/** Ticks that a new task sends again, and most ticks that the old task sends after the first envelope of the new task. */
const OVERLAP = 40
const MOST_LATE_TICKS = 150
const EPOCHS = [Date.UTC(2026, 10, 19, 23), Date.UTC(2026, 10, 20, 0)] as const

/** A record to put into the stream. */
export interface Put {
  readonly key: string
  readonly hashKey: string
  readonly bytes: Uint8Array
}

/** Kinds of damage to a good envelope. */
const DAMAGE = {
  'changed byte'(good, random) {
    const bytes = Uint8Array.from(good)
    bytes[below(random, bytes.length)]! ^= 1 + below(random, 255)
    return bytes
  },
  'torn off': (good, random) => good.slice(0, 1 + below(random, good.length - 1)),
  rubbish: (good, random) => Uint8Array.from(good, () => below(random, 256)),
  'unknown version': good => Uint8Array.from(good, (byte, index) => (index === 0 ? byte + 100 : byte)),
} as const satisfies Record<string, (good: Uint8Array, random: Random) => Uint8Array>
/** Kinds of poison. `only copy` damages an envelope itself, so its ticks are lost; the others damage a copy of one. */
export type Poison = keyof typeof DAMAGE | 'only copy'
export const POISONS: readonly Poison[] = [...(Object.keys(DAMAGE) as (keyof typeof DAMAGE)[]), 'only copy']

export interface DrillMarket {
  /** The readable ticks of each issue, in order. The first tick after a gap is `lost`. */
  readonly truth: ReadonlyMap<string, readonly Tick[]>
  /** All records, in the order in which they are put. */
  readonly puts: readonly Put[]
  /** The records that cannot be decoded. */
  readonly poisons: readonly Put[]
}

/** Creates a market. @param kinds one poison record of each kind is put among the others. */
export function openMarket(seed: number, kinds: readonly Poison[]): DrillMarket {
  const random = randomOf('store market', seed)
  const lines = Array.from({ length: LINES }, (): Tick[] => [])
  for (const event of openExchange({ seed, ...MARKET }).advance(UNTIL)) {
    if (event.kind !== 'message') continue
    const { line, sequence, time, board, trade } = event
    const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
    lines[line - 1]!.push(trade === undefined ? tick : { ...tick, trade })
  }
  const puts = merge(lines.map((ticks, index) => envelopesOf(index + 1, ticks, random)))
  const poisons: Put[] = []
  const gone = new Set<string>()
  for (const kind of kinds) {
    if (kind === 'only copy') {
      const at = pick(random, onlyCopies(puts))
      for (const name of tickNames(puts[at]!)) gone.add(name)
      puts[at] = { ...puts[at]!, bytes: DAMAGE['changed byte'](puts[at]!.bytes, random) }
      poisons.push(puts[at])
    } else {
      const { bytes, ...place } = pick(
        random,
        puts.filter(put => !poisons.includes(put)),
      )
      const poison = { ...place, bytes: DAMAGE[kind](bytes, random) }
      poisons.push(poison)
      puts.splice(below(random, puts.length), 0, poison)
    }
  }
  const byIssue = Map.groupBy(lines.flat(), ({ board }) => board.issue)
  const truth = new Map([...byIssue].map(([issue, ticks]) => [issue, withGaps(ticks, gone)]))
  return { truth, puts, poisons }
}

/** Returns names of the ticks in an envelope. */
function tickNames({ bytes }: Put): string[] {
  const envelope = decodeEnvelope(bytes)
  return envelope.kind === 'ticks' ? envelope.ticks.map(({ line, sequence }) => `${line}/${sequence}`) : []
}

/** Returns the indices of the records whose ticks no other record has. */
function onlyCopies(puts: readonly Put[]): number[] {
  const names = puts.map(put => (isReadable(put) ? tickNames(put) : []))
  const counts = new Map<string, number>()
  for (const name of names.flat()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...puts.keys()].filter(
    index => names[index]!.length > 0 && names[index]!.every(name => counts.get(name) === 1),
  )
}

function isReadable({ bytes }: Put): boolean {
  try {
    decodeEnvelope(bytes)
    return true
  } catch {
    return false
  }
}

/** Removes the lost ticks, and marks the first tick after each gap. */
function withGaps(ticks: readonly Tick[], gone: ReadonlySet<string>): Tick[] {
  const left: Tick[] = []
  let isGap = false
  for (const tick of ticks) {
    if (gone.has(`${tick.line}/${tick.sequence}`)) isGap = left.length > 0
    else {
      left.push(isGap ? { ...tick, lost: true } : tick)
      isGap = false
    }
  }
  return left
}

/** Merges the records of all lines, one of each line in turn. */
function merge(lines: readonly (readonly Put[])[]): Put[] {
  const longest = Math.max(...lines.map(({ length }) => length))
  return Array.from({ length: longest }, (_, index) => lines.flatMap(line => line[index] ?? [])).flat()
}

/**
 * Returns the records of a line whose task is replaced by another task. The new task sends again what the old task has sent
 * since its last renewal of the lease. The old task goes on beside it for a while, or comes back later.
 */
function envelopesOf(line: number, ticks: readonly Tick[], random: Random): Put[] {
  const renewal = below(random, ticks.length - 1)
  const end = renewal + 1 + below(random, OVERLAP)
  const first = openSender(line, EPOCHS[0], undefined)
  const puts = first.send(ticks.slice(0, renewal), random)
  const heads = first.heads()
  puts.push(...first.send(ticks.slice(renewal, end), random))
  const late = first.send(ticks.slice(end, end + below(random, MOST_LATE_TICKS)), random)
  const next = openSender(line, EPOCHS[1], heads).send(ticks.slice(renewal), random)
  for (const [lane, envelopes] of Map.groupBy(late, ({ key }) => key)) {
    // The late envelopes come after the first envelope of the new task, in their order.
    let at = next.findIndex(({ key }) => key === lane) + 1
    for (const envelope of envelopes) {
      at += below(random, 4)
      next.splice(at++, 0, envelope)
    }
  }
  return [...puts, ...next]
}

interface Sender {
  send(ticks: readonly Tick[], random: Random): Put[]
  /** Returns the header of the last envelope of each lane. */
  heads(): readonly (EnvelopeHeader | undefined)[]
}

function openSender(
  line: number,
  epoch: number,
  follows: readonly (EnvelopeHeader | undefined)[] | undefined,
): Sender {
  const heads: (EnvelopeHeader | undefined)[] = Array(LANES).fill(undefined)
  const latest = new Map<string, Tick>()
  const lanes = Array.from({ length: LANES }, (_, number) =>
    createLane({
      line,
      number,
      epoch: asEpochMillis(epoch),
      follows: follows?.[number],
      read: () => ({ position: 1, reached: 1 }),
      gather: () => FLUSH_MILLISECONDS,
    }),
  )
  const takeOut = (lane: Lane, number: number): Put[] => {
    const puts: Put[] = []
    for (let bytes = lane.next(0, true); bytes !== undefined; bytes = lane.next(0, true)) {
      puts.push({ key: laneName(line, number), hashKey: laneHashKey(line, number, LANES), bytes })
      heads[number] = decodeHeader(bytes).header
      lane.published()
    }
    return puts
  }
  const addKeyFrame = (number: number): void => {
    const boards = [...latest.values()].filter(({ board }) => laneOf(board.issue, LANES) === number)
    if (boards.length > 0) lanes[number]!.addBoards(TRADING_DATE, boards)
  }
  return {
    heads: () => [...heads],
    send(ticks, random) {
      const puts: Put[] = []
      for (let at = 0; at < ticks.length; ) {
        const until = at + 1 + below(random, MOST_TICKS_A_LOOK)
        for (const tick of ticks.slice(at, until)) {
          const { trade: _, ...board } = tick
          latest.set(tick.board.issue, board)
          lanes[laneOf(tick.board.issue, LANES)]!.add(tick, true)
        }
        at = until
        if (random() < KEY_FRAME_CHANCE) addKeyFrame(below(random, LANES))
        puts.push(...lanes.flatMap(takeOut))
      }
      return puts
    },
  }
}
