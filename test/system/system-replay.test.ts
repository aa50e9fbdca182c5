/** Tests `npm run replay`: a day of the archive through the whole system, and answers to mistakes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openExchange } from '../../local/exchange/exchange.ts'
import { findDay } from '../../local/replay/archive-folder.ts'
import { makeTape, replayMarket } from '../../local/replay/replay-market.ts'
import { startSystem } from '../../local/system.ts'
import { boardInView } from '../../market/board-to-json.ts'
import { asTradingDate } from '../../market/units.ts'
import { writeArchive } from '../local/replay/write-archive.ts'
import { tellTruth } from './system-truth.ts'

const MAIN = join(import.meta.dirname, '../../local/replay/replay-main.ts')
const EIGHT = 8 * 3_600_000_000
const DATE = asTradingDate(20261120)
const MARKET = { seed: 7, issues: 12, rate: 400, tradingDate: DATE, from: EIGHT }
const UNTIL = EIGHT + 300_000_000
/** Boards that the client must receive before the test ends. */
const BOARDS = 100

const replay = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })

suite('npm run replay', () => {
  test('prints its options with --help', () => {
    const { status, stdout } = replay('--help')
    assert.equal(status, 0)
    for (const option of ['--date', '--archive', '--time', '--speed', '--port', '--data']) {
      assert.match(stdout, new RegExp(`^  ${option} `, 'm'))
    }
  })

  test('answers a mistake with one clear sentence', t => {
    const { status, stderr } = replay('--date', '2026-11-20')
    assert.equal(status, 1)
    assert.equal(stderr, 'replay: --archive is missing\nSee npm run replay -- --help.\n')
    const folder = mkdtempSync(join(tmpdir(), 'itastream-'))
    t.after(() => rmSync(folder, { recursive: true }))
    assert.match(
      replay('--date', '2026-11-20', '--archive', folder).stderr,
      /^replay: expected a folder with manifests\/, .*\n$/,
    )
  })

  test('delivers the boards of the day to a client', { timeout: 120_000 }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'itastream-replay-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const { issues } = openExchange(MARKET)
    const truth = tellTruth(MARKET, UNTIL)
    writeArchive(
      folder,
      DATE,
      issues.flatMap(({ code }) => truth.ticksOf(code)),
      issues,
    )
    const index = await makeTape(findDay(folder, DATE), folder, () => {})
    const system = await startSystem({
      market: replayMarket(folder, index, { live: EIGHT, speed: 1 }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      progress: () => {},
      log: () => {},
    })
    t.after(system.close)
    assert.deepEqual(
      system.issues.map(({ code }) => truth.ticksOf(code).length),
      issues.map(({ code }) => truth.ticksOf(code).length).sort((a, b) => b - a),
    )
    const client = system.connect()
    t.after(client.close)
    let seen = 0
    await new Promise<void>((resolve, reject) => {
      client.on('board', ({ board }) => {
        try {
          const tick = truth.at(board.issue, board.sequence)
          assert.ok(tick, `${board.issue} ${board.sequence} is in the archive`)
          assert.deepEqual(board, JSON.parse(JSON.stringify(boardInView(tick, 'board'))))
          if (++seen === BOARDS) resolve()
        } catch (error) {
          reject(error)
        }
      })
      for (const { code } of system.issues) client.subscribe(code, () => {})
    })
  })
})
