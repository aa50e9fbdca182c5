import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RULES } from '../../../market/calendar/calendar.ts'
import { calendarDayJson, datesBetween } from '../../../market/calendar/calendar-json.ts'
import { asTradingDate } from '../../../market/units.ts'
import { parseOptions } from '../../../tools/calendar/calendar-options.ts'
import { monthText } from '../../../tools/calendar/month-text.ts'
import { yearText } from '../../../tools/calendar/year-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'itastream-calendar-'))
after(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['tools/calendar/calendar-main.ts', ...args],
    {
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr }
}
function fileOf(...exceptions: readonly unknown[]): string {
  const file = join(folder, 'exceptions.json')
  writeFileSync(file, JSON.stringify({ exceptions }))
  return file
}

test('a month shows every date, why it is closed, and the phases wherever they change', () => {
  const { status, stdout } = run('2024-11')
  assert.equal(status, 0)
  const lines = stdout.split('\n')
  assert.deepEqual(lines.slice(0, 11), [
    '2024-11  2024年11月  20 trading dates, 10 closed',
    '',
    '    07:30 warm-up  08:00 order-acceptance  09:00 morning  11:30 lunch',
    '    12:30 afternoon  15:00 wind-down  16:00 closed',
    '  11-01 Fri 金  open',
    '  11-02 Sat 土  closed',
    '  11-03 Sun 日  closed  文化の日 (National Culture Day)',
    '  11-04 Mon 月  closed  文化の日 振替休日 (Holiday in lieu)',
    '    07:30 warm-up  08:00 order-acceptance  09:00 morning  11:30 lunch',
    '    12:30 afternoon  15:25 closing  15:30 wind-down  16:30 closed',
    '  11-05 Tue 火  open',
  ])
  assert.equal(lines.filter(line => /^ {2}11-\d\d /.test(line)).length, 30)
})

test('exceptions of a file show with their note', () => {
  const half = { orders: '08:00', morning: '09:00-11:30', afternoon: null }
  const { stdout } = run(
    '2026-12',
    '--exceptions',
    fileOf(
      { kind: 'closed', date: '2026-12-10', note: 'システム移行' },
      { kind: 'open', date: '2026-12-12', note: '振替' },
      { kind: 'hours', date: '2026-12-30', note: '半日立会', hours: half },
    ),
  )
  const lines = stdout.split('\n')
  assert.ok(lines.includes('  12-10 Thu 木  closed  ! closed by exception: システム移行'))
  assert.ok(lines.includes('  12-12 Sat 土  open    ! additional trading date: 振替'))
  const last = lines.indexOf(
    '  12-30 Wed 水  open    大納会 (last trading date of the year), ! other hours: 半日立会',
  )
  assert.deepEqual(lines.slice(last - 2, last), [
    '    07:30 warm-up  08:00 order-acceptance  09:00 morning  11:30 wind-down',
    '    12:30 closed',
  ])
})

test('--json prints an object a date', () => {
  const { stdout } = run('2026-12', '--json')
  const days = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)
  assert.equal(days.length, 31)
  assert.deepEqual(days[4], {
    date: '2026-12-05',
    open: false,
    closedBy: 'weekend',
    phases: [{ phase: 'closed', from: '2026-12-05T00:00:00.000000+09:00' }],
  })
  const at = (time: string): string => `2026-12-30T${time}:00.000000+09:00`
  assert.deepEqual(days[29], {
    date: '2026-12-30',
    open: true,
    ceremony: 'last-of-year',
    opens: at('09:00'),
    closes: at('15:30'),
    phases: [
      { phase: 'closed', from: at('00:00') },
      { phase: 'warm-up', from: at('07:30') },
      { phase: 'order-acceptance', from: at('08:00') },
      { phase: 'morning', from: at('09:00') },
      { phase: 'lunch', from: at('11:30') },
      { phase: 'afternoon', from: at('12:30') },
      { phase: 'closing', from: at('15:25') },
      { phase: 'wind-down', from: at('15:30') },
      { phase: 'closed', from: at('16:30') },
    ],
  })
})

test('a year has a line a month, and its holidays', () => {
  const days = datesBetween(asTradingDate(20260101), asTradingDate(20261231)).map(date =>
    calendarDayJson(RULES, date),
  )
  const lines = yearText(days, '2026-11-20').split('\n')
  assert.equal(lines[0], '2026  242 trading dates, 123 closed')
  assert.equal(lines[4], 'Jan  YY--ooooo--Hoooo--ooooo--ooooo-  19')
  assert.equal(lines[14], 'Nov  -oHooo--ooooo--oooo>--Hoooo--o   19')
  assert.ok(lines.includes('2026-05-06 Wed 水  closed  こどもの日 振替休日 (Holiday in lieu)'))
})

test('today is marked', () => {
  const days = datesBetween(asTradingDate(20261101), asTradingDate(20261130)).map(date =>
    calendarDayJson(RULES, date),
  )
  const marked = monthText(days, '2026-11-20')
    .split('\n')
    .filter(line => line.startsWith('>'))
  assert.deepEqual(marked, ['> 11-20 Fri 金  open', '> today'])
  assert.equal(monthText(days, '2026-12-01').includes('>'), false)
})

test('without an argument the month of today is shown', () => {
  assert.deepEqual(parseOptions([], '2026-11-20'), {
    year: 2026,
    month: 11,
    exceptions: [],
    where: undefined,
    json: false,
  })
  assert.deepEqual(parseOptions(['2015', '--json'], '2026-11-20'), {
    year: 2015,
    month: undefined,
    exceptions: [],
    where: undefined,
    json: true,
  })
})

test('wrong options and exceptions are named, with exit code 2', () => {
  const refused = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = run(...args)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /See npm run -s calendar -- --help\.\n$/)
    return stderr.split('\n').slice(0, -2).join('\n')
  }
  for (const text of ['2014', '2051-01', '2026-13', '2026-1', 'December'])
    assert.equal(
      refused(text),
      `calendar: expected a month YYYY-MM or a year from 2015 to 2050, got "${text}"`,
    )
  assert.equal(refused('2026', '2027'), 'calendar: expected one month or year, got 2')
  assert.match(refused('--exceptions', join(folder, 'none.json')), /^calendar: --exceptions: ENOENT/)
  assert.match(
    refused('--system', join(folder, 'none.json')),
    /^calendar: --system: expected a file of a running system/,
  )
  assert.equal(refused('--system', 'a', '--stack', 'b'), 'calendar: expected --stack or --system, got both')
  assert.equal(
    refused('--exceptions', 'a', '--stack', 'b'),
    'calendar: expected the exceptions of a file or of a system, got --exceptions and a system',
  )
  const file = fileOf({ kind: 'closed', date: '2026-12-12', note: 'a Saturday' })
  assert.equal(
    refused('2026-12', '--exceptions', file),
    `calendar: --exceptions ${file}: the exceptions of the calendar cannot be used:\n2026-12-12: expected a trading date to close; it is closed by rule: weekend`,
  )
  assert.match(run('--help').stdout, /^Shows the calendar of the Tokyo exchange/)
})
