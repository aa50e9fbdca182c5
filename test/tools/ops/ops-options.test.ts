import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { momentFromIso } from '../../../market/moment.ts'
import { HELP, parseCommand, readUntil } from '../../../tools/ops/ops-options.ts'

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
      ['calendar show', { command: 'calendar show', where: 'newest' }],
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
      ['', 'expected status, hold, release, calendar, got no command'],
      ['stop', 'expected status, hold, release, calendar, got "stop"'],
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
      ['calendar check a b', 'calendar check FILE: expected no more arguments, got "b"'],
      ['hold open', 'hold open: --until is missing; a hold must end'],
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
    for (const option of ['until', 'reason', 'json', 'stack', 'system', 'help']) {
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
