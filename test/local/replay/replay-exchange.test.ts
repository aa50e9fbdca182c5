import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openReplay } from '../../../local/replay/replay-exchange.ts'
import { openTape, type TapeReader } from '../../../local/replay/tape-reader.ts'
import { createTape } from '../../../local/replay/tape-writer.ts'
import { copyBoard } from '../../../market/board.ts'
import type { IssueMaster } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { newLineBoards } from '../../ingest-task/new-line-boards.ts'
import { feedTicks, TRADING_DATE } from './feed-ticks.ts'

const DAY = 24 * 3_600_000_000
const MASTER: IssueMaster = {
  code: '9999',
  name: '無風',
  section: 'プライム',
  unit: 100,
  basePrice: 1,
  topix500: false,
}

/** Writes ticks to a tape, issue after issue as the archive has them, and opens it. */
function withTape<T>(ticks: readonly Tick[], use: (tape: TapeReader) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-tape-'))
  const writer = createTape(folder, TRADING_DATE)
  for (const [, ofIssue] of Map.groupBy(ticks, ({ board }) => board.issue)) ofIssue.forEach(writer.add)
  writer.finish([MASTER])
  const tape = openTape(folder)
  try {
    return use(tape)
  } finally {
    tape.close()
    rmSync(folder, { recursive: true })
  }
}

/** Replays a tape, and returns the ticks that a reader derives from its messages. */
function readBack(
  tape: TapeReader,
  from: number,
  moments: readonly number[],
): { ticks: Tick[]; elsewhere: number } {
  const ticks: Tick[] = []
  const readers = [1, 2, 3].map(line =>
    newLineBoards(line, TRADING_DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) })),
  )
  const exchange = openReplay(tape, from)
  for (const moment of moments)
    for (const event of exchange.advance(moment)) {
      assert.ok(event.time <= moment, 'no event comes before its time')
      if ('bytes' in event) readers[event.line - 1]!.merge(event.bytes)
    }
  return { ticks, elsewhere: readers.reduce((sum, { counts }) => sum + counts.elsewhere, 0) }
}

const inOrder = (ticks: readonly Tick[]): Tick[] =>
  ticks.toSorted((a, b) => a.line - b.line || a.sequence - b.sequence)

test('a reader derives exactly the archived ticks from a replayed day', () => {
  fc.assert(
    fc.property(feedTicks(), fc.array(fc.integer({ min: 0, max: DAY })), (ticks, stops) => {
      withTape(ticks, tape => {
        const moments = [...stops.sort((a, b) => a - b), DAY]
        const { ticks: read, elsewhere } = readBack(tape, 0, moments)
        assert.deepEqual(inOrder(read), inOrder(ticks))
        const last = (line: number) => ticks.findLast(tick => tick.line === line)?.sequence ?? 0
        assert.equal(elsewhere, last(1) + last(2) + last(3) - ticks.length)
      })
    }),
  )
})
