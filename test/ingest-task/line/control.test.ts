import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compareSessions,
  decodeLogin,
  decodeLoginAnswer,
  decodeRange,
  encodeLogin,
  encodeLoginAnswer,
  encodeRange,
  sessionError,
} from '../../../ingest-task/line/control.ts'
import { LineError } from '../../../ingest-task/line/frame.ts'
import { encodeRows } from '../../../ingest-task/quick/text.ts'
import { asTradingDate } from '../../../market/units.ts'

const DATE = asTradingDate(20261120)
const NEXT_DATE = asTradingDate(20261121)

test('a login has user, password and line', () => {
  const login = { user: 'itastream', password: 'p w', line: 3 }
  assert.equal(String(encodeLogin(login)), 'itastream\tp w\t3')
  assert.deepEqual(decodeLogin(encodeLogin(login)), login)
  assert.deepEqual(decodeLogin(Buffer.alloc(0)), { user: '', password: '', line: 0 })
})

test('the answer to a login has trading date and session', () => {
  const answer = { tradingDate: DATE, session: 32_400_000 }
  assert.equal(String(encodeLoginAnswer(answer)), '20261120\t32400000')
  assert.deepEqual(decodeLoginAnswer(encodeLoginAnswer(answer)), answer)
  assert.equal(decodeLoginAnswer(encodeRows([['20261120', '0']])).session, 0)
})

test('an answer with another trading date or session is an error that names what came', () => {
  for (const [date, session, expected] of [
    ['2026112', '1', 'a trading date as YYYYMMDD, got "2026112"'],
    ['202611200', '1', 'a trading date as YYYYMMDD, got "202611200"'],
    ['2026-1-2', '1', 'a trading date as YYYYMMDD, got "2026-1-2"'],
    ['20261131', '1', 'a date of the calendar, got "20261131"'],
    ['20261120', '86400000', 'a session in milliseconds of a day, got "86400000"'],
    ['20261120', '', 'a session in milliseconds of a day, got ""'],
    ['20261120', '000000001', 'a session in milliseconds of a day, got "000000001"'],
    ['20261120', '1.5', 'a session in milliseconds of a day, got "1.5"'],
  ] as const) {
    assert.throws(() => decodeLoginAnswer(encodeRows([[date, session]])), {
      kind: 'login',
      message: `login answer: expected ${expected}`,
    })
  }
  assert.throws(() => decodeLoginAnswer(Buffer.alloc(0)), { kind: 'login', message: /YYYYMMDD, got ""$/ })
})

test('sessions are ordered by date, then by their start', () => {
  const session = (tradingDate: typeof DATE, start: number) => ({ tradingDate, session: start })
  assert.ok(compareSessions(session(DATE, 5), session(DATE, 6)) < 0)
  assert.ok(compareSessions(session(DATE, 6), session(DATE, 5)) > 0)
  assert.equal(compareSessions(session(DATE, 5), session(DATE, 5)), 0)
  assert.ok(compareSessions(session(DATE, 9), session(NEXT_DATE, 1)) < 0)
  assert.ok(compareSessions(session(NEXT_DATE, 1), session(DATE, 9)) > 0)
})

test('the error of another session names both sessions', () => {
  const error = sessionError({ tradingDate: DATE, session: 5 }, { tradingDate: NEXT_DATE, session: 6 })
  assert.ok(error instanceof LineError)
  assert.equal(error.kind, 'session')
  assert.equal(
    error.message,
    'expected session 5 of 20261120 like the other connection, got session 6 of 20261121',
  )
})

test('a range is two numbers of 32 bits, both ends included', () => {
  const range = { from: 1, to: 0x01020304 }
  assert.equal(encodeRange(range).toString('hex'), '0000000101020304')
  assert.deepEqual(decodeRange(encodeRange(range)), range)
  assert.deepEqual(decodeRange(encodeRange({ from: 7, to: 7 })), { from: 7, to: 7 })
  // The bytes may be a view of a larger buffer.
  const chunk = Buffer.concat([Buffer.from([9, 9]), encodeRange(range)])
  assert.deepEqual(decodeRange(chunk.subarray(2)), range)
})

test('a range of another size, from 0, or that ends before its start is refused', () => {
  for (const [bytes, message] of [
    [Buffer.alloc(7), 'resend request: expected 8 bytes, got 7'],
    [Buffer.alloc(9), 'resend request: expected 8 bytes, got 9'],
    [encodeRange({ from: 0, to: 5 }), 'resend request: expected 1 ≤ from ≤ to, got 0 to 5'],
    [encodeRange({ from: 6, to: 5 }), 'resend request: expected 1 ≤ from ≤ to, got 6 to 5'],
  ] as const) {
    assert.throws(() => decodeRange(bytes), { kind: 'range', message })
  }
})
