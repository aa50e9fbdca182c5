/** A digest of the ticks or boards of a side. It does not depend on the order of the issues. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ABSENT, type Board, FIELD_COUNT } from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'

/** Numbers of a tick in addition to its board. */
const TICK_NUMBERS = 8
const SIDES = ['buy', 'sell']

export interface TickDigest {
  /** Ticks added. */
  readonly count: number
  /** Adds a tick. Ticks of one issue must be in order. */
  add(tick: Tick): void
  /** Returns the digest of all issues as text. */
  result(): string
}

export function createTickDigest(): TickDigest {
  const issues = new Map<string, number>()
  const numbers = new Float64Array(TICK_NUMBERS + FIELD_COUNT)
  const bytes = new Uint8Array(numbers.buffer)
  let count = 0
  return {
    get count() {
      return count
    },
    add({ tradingDate, line, sequence, time, board, trade, lost }) {
      numbers[0] = tradingDate
      numbers[1] = line
      numbers[2] = sequence
      numbers[3] = time
      numbers[4] = trade?.price ?? ABSENT
      numbers[5] = trade?.quantity ?? ABSENT
      numbers[6] = trade?.average ?? ABSENT
      numbers[7] =
        (trade?.side === undefined ? 0 : 1 + SIDES.indexOf(trade.side)) + (lost ? SIDES.length + 1 : 0)
      numbers.set(board.values, TICK_NUMBERS)
      issues.set(board.issue, crc32(bytes, issues.get(board.issue)))
      count++
    },
    result: () => digestOf(issues),
  }
}

/** Returns the digest of the last board of every issue. */
export function boardsDigest(boards: Iterable<Board>): string {
  const issues = new Map<string, number>()
  for (const { issue, values } of boards) issues.set(issue, crc32(values))
  return digestOf(issues)
}

function digestOf(issues: ReadonlyMap<string, number>): string {
  const lines = [...issues].map(([issue, crc]) => `${issue} ${crc}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
