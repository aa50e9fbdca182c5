import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { startLines } from '../../../local/line/line-server.ts'
import { findDay } from '../../../local/replay/archive-folder.ts'
import { openReplay } from '../../../local/replay/replay-exchange.ts'
import { makeTape } from '../../../local/replay/replay-market.ts'
import { openTape } from '../../../local/replay/tape-reader.ts'
import { copyBoard } from '../../../market/board.ts'
import { type Clock, shiftedClock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate, type EpochMicros, nowMillis, toEpochMillis } from '../../../market/units.ts'
import { openStream } from '../../ingest-task/ingest-stream.ts'
import { HOST, PASSWORD, runIngest, USER } from '../../ingest-task/line-and-stream.ts'
import { ticksOf } from '../../ingest-task/line-truth.ts'
import { until } from '../../until.ts'
import { writeArchive } from './write-archive.ts'

const HOUR = 3_600_000_000
const SECOND = 1_000_000
const DATE = asTradingDate(20261120)
const MARKET = { seed: 5, issues: 40, rate: 60, tradingDate: DATE, from: 9 * HOUR - 5 * SECOND }
const UNTIL = 9 * HOUR + 20 * SECOND
/** Market seconds a real second. */
const SPEED = 10

/** Returns a clock that stands still at a moment until it is started. */
function heldClock(moment: EpochMicros): { clock: Clock; start: () => void } {
  const startingNow = (): Clock =>
    shiftedClock([{ real: nowMillis(), market: toEpochMillis(moment), speed: SPEED }])
  let running: Clock | undefined
  return {
    clock: {
      now: () => running?.now() ?? moment,
      speed: () => SPEED,
      realMillisecondsUntil: until => (running ?? startingNow()).realMillisecondsUntil(until),
    },
    start() {
      running = startingNow()
    },
  }
}

/** Returns the archived ticks. A tenth of line 2 is missing, as if these were messages of another exchange. */
function archivedTicks(): Tick[] {
  const ticks: Tick[] = []
  for (const event of openExchange(MARKET).advance(UNTIL)) {
    if (event.kind !== 'message') continue
    const { line, sequence, time, board, trade } = event
    ticks.push({
      tradingDate: DATE,
      line,
      sequence,
      time,
      board: copyBoard(board),
      ...(trade === undefined ? {} : { trade }),
    })
  }
  // Whole issues are missing, so that no trade depends on a missing tick.
  const missing = new Set(
    ticks
      .filter(({ line }) => line === 2)
      .map(({ board }) => board.issue)
      .slice(3, 5),
  )
  return ticks.filter(({ board, sequence }) => !missing.has(board.issue) || sequence === 1)
}

suite('a day of the archive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-archive-'))
  after(() => rmSync(folder, { recursive: true }))
  const ticks = archivedTicks()
  writeArchive(folder, DATE, ticks, openExchange(MARKET).issues)

  const newFolder = (): string => mkdtempSync(join(folder, 'tape-'))

  /** Replays the day from a time on through real sockets to real ingest tasks. */
  async function replay(from: number) {
    await using parts = new AsyncDisposableStack()
    const tapeFolder = newFolder()
    await makeTape(findDay(folder, DATE), tapeFolder, () => {})
    const tape = openTape(tapeFolder)
    parts.defer(tape.close)
    const { clock, start } = heldClock(momentOf(DATE, from))
    const lines = await startLines({
      exchange: openReplay(tape, from),
      clock,
      host: HOST,
      ports: [0, 0, 0],
      user: USER,
      password: PASSWORD,
    })
    parts.defer(lines.close)
    const stream = await openStream()
    parts.defer(stream.close)
    const tasks = lines.ports.map((port, index) => runIngest(stream, clock, index + 1, port))
    await Promise.all(tasks.map(task => task.logged('line is live')))
    start()
    const isSent = (line: number) => lines.stats().messages[line - 1]! >= lastOf(line)
    await until(() => [1, 2, 3].every(isSent), 'all messages to be sent', { limitMs: 60_000 })
    const readLines = async (): Promise<Tick[][]> => {
      const envelopes = await stream.envelopes()
      return [1, 2, 3].map(line => ticksOf(envelopes, line).sort(bySequence))
    }
    const isRead = async () =>
      (await readLines()).every((ofLine, index) => ofLine.at(-1)?.sequence === lastOf(index + 1))
    await until(isRead, 'the last tick of each line in the stream', { pollMs: 100 })
    const stats = tasks.map(task => task.stats())
    // The other lane of a line may still have ticks. A task publishes them before it ends.
    for (const task of tasks) await task.close()
    return { read: await readLines(), stats }
  }
  const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence
  const ofLine = (line: number): Tick[] => ticks.filter(tick => tick.line === line).sort(bySequence)
  const lastOf = (line: number): number => ofLine(line).at(-1)!.sequence

  test('gives the same ticks after ingest as the archive has', { timeout: 60_000 }, async () => {
    const { read, stats } = await replay(MARKET.from)
    for (const line of [1, 2, 3]) {
      const { lost, elsewhere } = stats[line - 1]!
      assert.deepEqual(read[line - 1], ofLine(line))
      assert.deepEqual([lost, elsewhere], [0, lastOf(line) - ofLine(line).length])
    }
    assert.ok(stats[1]!.elsewhere > 100)
  })

  test('starts in its middle with every board of that moment', { timeout: 60_000 }, async () => {
    const from = 9 * HOUR + 8 * SECOND
    const { read, stats } = await replay(from)
    for (const line of [1, 2, 3]) {
      const cut = ofLine(line).findLast(({ time }) => time < from)!.sequence
      const boards = new Map(
        ofLine(line)
          .filter(({ sequence }) => sequence <= cut)
          .map(tick => [tick.board.issue, tick]),
      )
      const [before, after] = [true, false].map(isBefore =>
        read[line - 1]!.filter(({ sequence }) => sequence <= cut === isBefore),
      )
      assert.deepEqual(
        before!.map(({ sequence, time, board }) => ({ sequence, time, board })),
        [...boards.values()].sort(bySequence).map(({ sequence, time, board }) => ({ sequence, time, board })),
      )
      assert.deepEqual(
        after,
        ofLine(line).filter(({ sequence }) => sequence > cut),
      )
      assert.equal(stats[line - 1]!.lost, 0)
    }
  })

  test('is found in the data folder of a local run', () => {
    const data = newFolder()
    writeArchive(join(data, 'objects', 'archive'), DATE, ticks.slice(0, 9), [])
    assert.equal(findDay(data, DATE).ticks, 9)
  })

  test('is refused if the folder has no archive of it', () => {
    assert.throws(() => findDay(folder, asTradingDate(20261119)), {
      name: 'ArchiveError',
      message: /manifests\/2026-11-19\.json in .*no archive of 2026-11-19 is complete\. It has 2026-11-20\.$/,
    })
    assert.throws(() => findDay(tmpdir(), DATE), {
      name: 'ArchiveError',
      message: /expected a folder with manifests/,
    })
  })

  test('is refused if one of its files is damaged, missing or of another version', async () => {
    const assertRefused = async (damage: (folder: string, file: string) => void, message: RegExp) => {
      const own = newFolder()
      writeArchive(own, DATE, ticks.slice(0, 500), openExchange(MARKET).issues)
      const { files } = findDay(own, DATE)
      damage(own, join(own, files[0]!.key))
      await assert.rejects(async () => makeTape(findDay(own, DATE), newFolder(), () => {}), {
        name: 'ArchiveError',
        message,
      })
    }
    await assertRefused(
      (_, file) => appendFileSync(file, 'x'),
      /expected \d+ bytes with sha256 \w+, got \d+ with \w+/,
    )
    await assertRefused((_, file) => rmSync(file), /expected a file of \d+ bytes, found none/)
    await assertRefused(
      own => writeFileSync(join(own, 'manifests/2026-11-20.json'), '{"date":'),
      /this version/,
    )
    await assertRefused(
      own => writeFileSync(join(own, 'manifests/2026-11-20.json'), '{"date":1}'),
      /this version/,
    )
  })
})
