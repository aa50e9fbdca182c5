import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import {
  addMicros,
  addMillis,
  asEpochMicros,
  asEpochMillis,
  toEpochMicros,
  toEpochMillis,
} from '../../market/units.ts'

const ROOT = join(import.meta.dirname, '../..')
const TSC = join(ROOT, 'node_modules/.bin/tsc')

/** Lines that end with this comment must not compile. All other lines must compile. */
const WRONG = '// wrong'
const PROGRAM = `
import type { closePart } from '${ROOT}/functions/close-of-day/close-day.ts'
import { F, fieldOf, type Board } from '${ROOT}/market/board.ts'
import { momentOf, momentToIso, timeOfDay } from '${ROOT}/market/moment.ts'
import * as u from '${ROOT}/market/units.ts'

declare const board: Board
declare const now: u.EpochMicros
declare const deadline: u.EpochMillis
declare const date: u.TradingDate
declare const time: u.DayMicros
declare const duration: u.Micros
declare const wait: u.Millis
declare const price: u.FeedPrice
declare const turnover: u.Sen
declare const yen: u.Yen
declare const close: typeof closePart
declare const world: Parameters<typeof closePart>[0]
declare const part: Parameters<typeof closePart>[1]

void close(world, part, now, deadline)
void close(world, part, deadline, now) ${WRONG}
void close(world, part, now, Date.now()) ${WRONG}

momentOf(date, time)
momentOf(date, 32_400_000_000)
momentOf(time, date) ${WRONG}
momentOf(20261120, time) ${WRONG}
momentOf(date, now) ${WRONG}
momentOf(date, wait) ${WRONG}
momentToIso(now)
momentToIso(time) ${WRONG}
momentToIso(deadline) ${WRONG}
momentToIso(Date.now() * 1000) ${WRONG}
timeOfDay(u.toEpochMicros(deadline))
timeOfDay(deadline) ${WRONG}

u.addMicros(now, duration)
u.addMicros(now, 1_000_000)
u.addMicros(now, wait) ${WRONG}
u.addMicros(deadline, duration) ${WRONG}
u.addMillis(deadline, wait)
u.addMillis(deadline, duration) ${WRONG}
u.asEpochMicros(1_795_132_800_000_000)
u.asEpochMicros(deadline) ${WRONG}
u.asEpochMillis(now) ${WRONG}
u.asTradingDate(now) ${WRONG}

const opened: u.DayMicros | undefined = fieldOf(board, F.openTime)
const last: u.FeedPrice | undefined = fieldOf(board, F.last)
const wrongLast: u.DayMicros | undefined = fieldOf(board, F.last) ${WRONG}
u.priceToYen(price)
u.priceToYen(turnover) ${WRONG}
u.priceToYen(yen) ${WRONG}
u.senToYen(price) ${WRONG}
export { last, opened, wrongLast }
`

suite('units', () => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-units-'))
  after(() => rmSync(folder, { recursive: true }))

  test('do not compile where two of them are mixed up', () => {
    writeFileSync(join(folder, 'program.mts'), PROGRAM)
    const compilerOptions = { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] }
    const config = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, files: ['program.mts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { stdout } = spawnSync(TSC, ['--project', folder, '--noEmit', '--incremental', 'false'], {
      encoding: 'utf8',
    })
    const reported = [...stdout.matchAll(/program\.mts\((\d+),\d+\): error TS(\d+)/g)]
    const lines = PROGRAM.split('\n')
    const wrong = lines.flatMap((line, index) => (line.endsWith(WRONG) ? [index + 1] : []))
    assert.deepEqual(new Set(reported.map(([, line]) => Number(line))), new Set(wrong), stdout)
    // TS2345 and TS2322: a value is not assignable to the type of a parameter or variable.
    for (const [text, , code] of reported) assert.ok(code === '2345' || code === '2322', text)
  })

  test('are plain numbers at run time', () => {
    const moment = asEpochMicros(1_795_132_800_063_886)
    assert.equal(addMicros(moment, 1), 1_795_132_800_063_887)
    assert.equal(toEpochMillis(moment), 1_795_132_800_063.886)
    const start = asEpochMillis(1_795_132_800_063)
    assert.equal(addMillis(start, -63), 1_795_132_800_000)
    assert.equal(toEpochMicros(start), 1_795_132_800_063_000)
  })
})
