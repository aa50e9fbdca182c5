import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { momentFromIso } from '../../../market/moment.ts'
import { HELP } from '../../../tools/ops/ops-help.ts'
import { parseCommand } from '../../../tools/ops/ops-options.ts'
import { readUntil } from '../../../tools/ops/option-values.ts'

suite('the command line of ops', () => {
  test('takes every command with its options', () => {
    for (const [line, command] of [
      ['--help', { command: 'help' }],
      ['status', { command: 'status', where: 'newest', json: false }],
      ['status --json --stack Itastream', { command: 'status', where: { stack: 'Itastream' }, json: true }],
      ['status --system a.json', { command: 'status', where: { system: 'a.json' }, json: false }],
      [
        'hold open --until 17:00 --reason late',
        { command: 'hold', where: 'newest', mode: 'open', until: '17:00', reason: 'late' },
      ],
      [
        'hold closed --until 2026-11-20T17:00 --stack Itastream',
        {
          command: 'hold',
          where: { stack: 'Itastream' },
          mode: 'closed',
          until: '2026-11-20T17:00',
          reason: '',
        },
      ],
      ['release', { command: 'release', where: 'newest' }],
      ['token --stack Itastream', { command: 'token', where: { stack: 'Itastream' } }],
      ['disconnect --user a', { command: 'disconnect', where: 'newest', user: 'a', life: 86_400 }],
      [
        'disconnect --user a --for 7d --stack Itastream',
        { command: 'disconnect', where: { stack: 'Itastream' }, user: 'a', life: 7 * 86_400 },
      ],
      [
        'report --month 2026-11',
        { command: 'report', where: 'newest', month: '2026-11', own: [], out: undefined },
      ],
      [
        'report --month 2026-12 --out a.csv --own canary --own probe',
        { command: 'report', where: 'newest', month: '2026-12', own: ['canary', 'probe'], out: 'a.csv' },
      ],
      ['reconnect --within 5m', { command: 'reconnect', where: 'newest', within: 300_000 }],
      ['reconnect --within 10s', { command: 'reconnect', where: 'newest', within: 10_000 }],
      ['reconnect --within 1h', { command: 'reconnect', where: 'newest', within: 3_600_000 }],
      ['redrive', { command: 'redrive', where: 'newest', date: undefined, isDryRun: false }],
      [
        'redrive --date 2026-11-20 --dry-run --stack A',
        { command: 'redrive', where: { stack: 'A' }, date: 20261120, isDryRun: true },
      ],
      ['restore-day --date 2026-11-20', { command: 'restore-day', where: 'newest', date: 20261120 }],
      ['copy-table --from R --to users', { command: 'copy-table', where: 'newest', from: 'R', to: 'users' }],
      ['calendar show', { command: 'calendar show', where: 'newest' }],
      ['sectors show --stack A', { command: 'sectors show', where: { stack: 'A' } }],
      ['sectors check a.csv', { command: 'sectors check', where: 'newest', file: 'a.csv' }],
      ['sectors set a.csv', { command: 'sectors set', where: 'newest', file: 'a.csv' }],
      ['calendar check a.json', { command: 'calendar check', where: 'newest', file: 'a.json' }],
      [
        'calendar set a.json --stack Itastream',
        { command: 'calendar set', where: { stack: 'Itastream' }, file: 'a.json' },
      ],
    ] as const) {
      assert.deepEqual(parseCommand(line.split(' ')), command)
    }
  })

  test('is refused in one sentence', () => {
    for (const [line, message] of [
      [
        '',
        'expected status, hold, release, calendar, sectors, disconnect, report, reconnect, redrive, copy-table, restore-day, token, got no command',
      ],
      [
        'stop',
        'expected status, hold, release, calendar, sectors, disconnect, report, reconnect, redrive, copy-table, restore-day, token, got "stop"',
      ],
      ['status now', 'status: expected no more arguments, got "now"'],
      ['status --until 17:00', 'status: takes no --until'],
      ['release --json', 'release: takes no --json'],
      ['status --stack A --system b.json', 'expected --stack or --system, got both'],
      ['hold --until 17:00', 'hold: expected open or closed, got ""'],
      ['hold ajar --until 17:00', 'hold: expected open or closed, got "ajar"'],
      ['hold open closed --until 17:00', 'hold open: expected no more arguments, got "closed"'],
      ['calendar', 'calendar: expected show, check or set, got ""'],
      ['calendar show a.json', 'calendar show: expected no more arguments, got "a.json"'],
      ['calendar set', 'calendar set: expected a file, got none'],
      ['sectors', 'sectors: expected show, check or set, got ""'],
      ['sectors set', 'sectors set: expected a file, got none'],
      ['calendar check a b', 'calendar check FILE: expected no more arguments, got "b"'],
      ['disconnect', 'disconnect: --user is missing'],
      ['disconnect ken', 'disconnect: expected no more arguments, got "ken"'],
      ['disconnect --user=', 'disconnect: --user is missing'],
      ['disconnect --user a --within 5m', 'disconnect: takes no --within'],
      ['disconnect --user a --for 299s', '--for: expected 5m to 30d, as 30s, 5m, 24h or 7d, got "299s"'],
      ['disconnect --user a --for 31d', '--for: expected 5m to 30d, as 30s, 5m, 24h or 7d, got "31d"'],
      ['report', 'report: --month is missing'],
      ['report --month 2026-13', '--month: expected YYYY-MM, got "2026-13"'],
      ['report --month 2026-1', '--month: expected YYYY-MM, got "2026-1"'],
      ['reconnect', 'reconnect: --within is missing'],
      ['reconnect --within 9s', '--within: expected 10s to 1h, as 30s, 5m, 24h or 7d, got "9s"'],
      ['reconnect --within 2h', '--within: expected 10s to 1h, as 30s, 5m, 24h or 7d, got "2h"'],
      ['reconnect --within 5', '--within: expected 10s to 1h, as 30s, 5m, 24h or 7d, got "5"'],
      ['hold open', 'hold open: --until is missing; a hold must end'],
      ['redrive --from R', 'redrive: takes no --from'],
      ['redrive --date 2026-11-31', '--date: expected YYYY-MM-DD, got "2026-11-31"'],
      ['restore-day', 'restore-day: --date is missing'],
      ['restore-day --date 20261120', '--date: expected YYYY-MM-DD, got "20261120"'],
      ['copy-table --to users', 'copy-table: --from is missing'],
      ['copy-table --from R', 'copy-table: --to is missing'],
      ['copy-table --from R --to boards', '--to: expected ticks, users, control, got "boards"'],
    ] as const) {
      const args = line.split(' ').filter(word => word !== '')
      assert.throws(() => parseCommand(args), { name: 'UsageError', message })
    }
    for (const reason of ['x'.repeat(201), 'two\nlines', '\u001b[31mred']) {
      assert.throws(() => parseCommand(['hold', 'open', '--until', '17:00', '--reason', reason]), {
        message: '--reason: expected one line of at most 200 characters',
      })
    }
    assert.throws(() => parseCommand(['status', '--jsn']), { name: 'UsageError', message: /--jsn/ })
  })

  test('is explained by --help', () => {
    const options = 'until reason json user for month out within date dry-run from to stack system help'
    for (const option of options.split(' ')) {
      assert.match(HELP, new RegExp(`--${option} `))
    }
  })
})

suite('the end of a hold', () => {
  const now = momentFromIso('2026-11-20T15:40:00+09:00')!

  test('is a time of today in Tokyo, or a full time', () => {
    for (const text of ['17:00', '17:00:00', '2026-11-20T17:00']) {
      assert.equal(readUntil(text, now), momentFromIso('2026-11-20T08:00:00Z'))
    }
    assert.equal(readUntil('2026-11-21T15:40', now), momentFromIso('2026-11-21T06:40:00Z'))
  })

  test('is within a day', () => {
    for (const text of ['15:40', '09:00', '2026-11-19T17:00', '2026-11-21T15:41', '2027-11-20T17:00']) {
      assert.throws(() => readUntil(text, now), {
        name: 'UsageError',
        message: `--until: expected a time within 24 hours after 2026-11-20T15:40, the market time, got "${text}"`,
      })
    }
  })

  test('must be a time', () => {
    for (const text of ['', '5pm', '25:00', '2026-02-30T09:00', '2026-11-20', '2026-11-20T17:00Z']) {
      assert.throws(() => readUntil(text, now), {
        name: 'UsageError',
        message: `--until: expected HH:MM or YYYY-MM-DDTHH:MM in Tokyo, got "${text}"`,
      })
    }
  })
})
