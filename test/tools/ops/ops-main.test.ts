/** `npm run ops` against the template that runs on this machine, at night, before the first run of market-hours. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Cloud } from '@itastream/local-cloud'
import { announceSystem } from '../../../tools/ops/local-systems.ts'
import { standingClock } from '../../cloud-without-lines.ts'
import { runOps as ops, runProgram as run, startOpsSystem } from './ops-system.ts'

const CALENDAR = join(import.meta.dirname, '../../../tools/calendar/calendar-main.ts')
/** What the row of a line adds: how many tasks run, or which tasks publish and stand by. */
const NOTE = '(\\d running|[0-9a-f]{8} (publishes|ready|not ready yet))'
const NOTES = `( {3}${NOTE}(, ${NOTE})*)?`

const parts = new AsyncDisposableStack()
let cloud: Cloud
let folder: string
let file: string
before(async () => {
  ;({ cloud, folder, file } = await startOpsSystem(parts, standingClock('2026-11-20T03:00:00+09:00')))
})
after(() => parts.disposeAsync())

suite('npm run ops', () => {
  test('explains itself', async () => {
    const { code, out } = await ops('--help')
    assert.equal(code, 0)
    assert.match(out, /Usage: npm run -s ops -- COMMAND/)
  })

  test('reports that market-hours has not run yet', async () => {
    const { code, out } = await ops('status', '--system', file)
    assert.match(out, /market time {3}2026-11-20 03:00:00 in Tokyo, closed\n/)
    assert.match(out, /last run {6}none\n/)
    // A service starts with one task. The plan of the night has none.
    assert.match(out, new RegExp(`\n≠ tasks line 3 +0 +1${NOTES}\n`))
    assert.match(out, /\n {2}shards stream +1 +1\n/)
    assert.match(out, /Problems:\n[\s\S]* {2}- market-hours has not run yet\n$/)
    assert.equal(code, 1)
  })

  test('holds the market closed, shows the hold, and releases it', async () => {
    const held = await ops('hold', 'closed', '--until', '05:00', '--reason', 'a test', '--system', file)
    assert.match(held.out, /^The market counts as closed until 2026-11-20 05:00 in Tokyo\.\nLevel asleep/)
    assert.match(held.out, /\n {2}tasks line 3: 1 → 0, done\n/)
    assert.deepEqual([held.code, held.err], [0, ''])

    const shown = await ops('status', '--system', file)
    assert.match(shown.out, /hold {10}closed until 2026-11-20 05:00: a test\n/)
    assert.match(shown.out, /last run {6}2026-11-20 03:00:00\n/)
    assert.match(shown.out, new RegExp(`\n {2}tasks line 3 +0 +0${NOTES}\n`))

    const released = await ops('release', '--system', file)
    assert.match(released.out, /^There is no hold any more\.\nLevel asleep/)
    const { code, out } = await ops('status', '--json', '--system', file)
    const status = JSON.parse(out)
    assert.equal(status.hold, undefined)
    // The new system has no archive of the day before, and no line has published anything of it.
    assert.deepEqual(status.problems, [])
    assert.equal(code, 0)
    assert.equal(status.level, 'asleep')
  })

  test('replaces the sectors of issues, and refuses a file with problems', async () => {
    const sectors = join(folder, 'sectors.csv')
    const command = (word: string, ...more: string[]) => ops('sectors', word, ...more, '--system', file)
    assert.equal((await command('show')).out, 'code,sector\n')
    writeFileSync(sectors, 'code,sector\n7203,3700\n130A,5250\n1306,-\n')
    const change = '2 issues in 2 sectors: 2 added, 0 removed, 0 changed.'
    const checked = await command('check', sectors)
    assert.deepEqual(
      [checked.code, checked.out],
      [0, `${sectors} can replace the stored sectors. ${change}\n`],
    )
    assert.equal((await command('show')).out, 'code,sector\n')
    assert.equal((await command('set', sectors)).out, `${change} All functions follow within a minute.\n`)
    writeFileSync(sectors, '7203,3650\n6758,3650\n')
    assert.match(
      (await command('set', sectors)).out,
      /^2 issues in 1 sectors: 1 added, 1 removed, 1 changed\./,
    )
    writeFileSync(sectors, '7203,x\n72,3650\n')
    const { code, out, err } = await command('set', sectors)
    assert.deepEqual([code, out], [2, ''])
    assert.match(
      err,
      /^ops: the sectors cannot be used:\n {2}line 1: 7203: expected a sector.*\n {2}line 2: /,
    )
    assert.equal((await command('show')).out, 'code,sector\n6758,3650\n7203,3650\n')
    assert.match((await command('set', join(folder, 'none.csv'))).err, /^ops: .*none\.csv: ENOENT/)
  })

  test('changes the exceptions of the calendar, and refuses contradictions', async () => {
    const exceptions = join(folder, 'exceptions.json')
    const write = (version: number, date: string): void =>
      writeFileSync(
        exceptions,
        JSON.stringify({ version, exceptions: [{ kind: 'closed', date, note: 'a test' }] }),
      )
    write(0, '2026-12-01')
    const checked = await ops('calendar', 'check', exceptions, '--system', file)
    assert.equal(checked.out, `${exceptions} can replace the stored exceptions.\n`)
    assert.match(
      (await ops('calendar', 'show', '--system', file)).out,
      /"version": 0,\n {2}"exceptions": \[\]/,
    )

    const set = await ops('calendar', 'set', exceptions, '--system', file)
    assert.equal(set.out, 'The exceptions have version 1 now. All functions follow within a minute.\n')
    assert.match((await ops('calendar', 'show', '--system', file)).out, /"version": 1[\s\S]*"2026-12-01"/)

    const shown = await run(CALENDAR, '2026-12', '--system', file)
    assert.match(shown.out, /\n {2}12-01 Tue 火 {2}closed {2}! closed by exception: a test\n/)
    assert.deepEqual([shown.code, shown.err], [0, ''])

    // A Sunday, and the version that somebody else has replaced.
    write(0, '2026-11-29')
    for (const word of ['check', 'set']) {
      const { code, out, err } = await ops('calendar', word, exceptions, '--system', file)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /^ops: the exceptions of the calendar cannot be used:\n/)
      assert.match(err, /version: expected 1[\s\S]*2026-11-29: expected a trading date to close/)
    }
  })

  test('prints no key of the system', async () => {
    const { out, err } = await ops('status', '--json', '--system', file)
    assert.ok(!`${out}${err}`.includes(cloud.credentials.secretAccessKey))
    assert.ok(!`${out}${err}`.includes(cloud.credentials.accessKeyId))
  })

  test('answers mistakes in one sentence', async () => {
    assert.deepEqual(await ops('hold', 'open', '--until', '02:59', '--system', file), {
      code: 2,
      out: '',
      err:
        'ops: --until: expected a time within 24 hours after 2026-11-20T03:00, the market time, got "02:59". ' +
        'See npm run -s ops -- --help.\n',
    })
    const { code, err } = await ops('status', '--system', join(folder, 'none.json'))
    assert.equal(code, 2)
    assert.match(err, /^ops: --system: expected a file of a running system, got .*none\.json\. See npm run/)
  })

  test('names a system that does not answer', async () => {
    const away = join(folder, 'away')
    const { outputs, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
    announceSystem({ ...rest, endpoint: 'http://127.0.0.1:1', outputs }, away)
    const { code, err } = await ops('release', '--system', join(away, `${process.pid}.json`))
    assert.equal(code, 2)
    assert.match(err, /^ops: control table: .*ECONNREFUSED/)
  })
})
