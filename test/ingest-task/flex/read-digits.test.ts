import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  FlexError,
  readDigit,
  readMicroseconds,
  readNumber,
  readSeconds,
  readSigned,
  refuse,
} from '../../../ingest-task/flex/read-digits.ts'
import { ABSENT } from '../../../market/board.ts'

/** Bytes around a field, which must not matter. */
const AROUND = '7'

type Read = (bytes: Uint8Array, at: number) => number

/** Reads a field from the middle of other bytes. */
function read(text: string, reader: Read): number {
  return reader(Buffer.from(AROUND + text + AROUND, 'latin1'), AROUND.length)
}

const asNumber = (text: string): number => read(text, (bytes, at) => readNumber(bytes, at, text.length))
const asSigned = (text: string): number => read(text, (bytes, at) => readSigned(bytes, at, text.length - 1))

suite('numbers', () => {
  test('are digits after blanks, of any width up to fourteen digits', () => {
    for (const [text, value] of [
      ['0', 0],
      ['  ', ABSENT],
      [' 5', 5],
      ['00000019', 19],
      ['123456789', 123_456_789],
      ['999999999', 999_999_999],
      ['1234567890', 1_234_567_890],
      [' 98765432109876', 98_765_432_109_876],
      ['99999999999999', 99_999_999_999_999],
    ] as const) {
      assert.equal(asNumber(text), value, text)
    }
  })

  test('with another byte than a digit are refused, wherever it is', () => {
    for (const text of ['1 2', '12 ', '/1', ':1', '1/', '1:', '123456789/', '123456789:', '1234567890 '])
      assert.throws(() => asNumber(text), {
        name: 'FlexError',
        message: `offset 1: expected digits after blanks, got "${text}"`,
      })
  })

  test('may have a sign after them, which is a plus, or a blank if they are blank', () => {
    assert.deepEqual([asSigned(' 12+'), asSigned('0+'), asSigned('   ')], [12, 0, ABSENT])
    for (const text of [' 12-', ' 12 ', '   +', '00 ']) {
      assert.throws(() => asSigned(text), {
        message: `offset 1: expected a number and a plus, or blanks, got "${text}"`,
      })
    }
  })
})

test('a digit is 0 to 9, or a blank', () => {
  assert.deepEqual(
    ['0', '9', ' '].map(text => read(text, readDigit)),
    [0, 9, ABSENT],
  )
  for (const text of ['/', ':', 'A']) {
    assert.throws(() => read(text, readDigit), {
      message: `offset 1: expected a digit or a blank, got "${text}"`,
    })
  }
})

suite('times', () => {
  const BLANK_SECONDS = ' '.repeat(6)
  const BLANK_MICROSECONDS = ' '.repeat(12)

  test('are microseconds since midnight', () => {
    assert.deepEqual(
      ['000000', '235959', '010203', BLANK_SECONDS].map(text => read(text, readSeconds)),
      [0, 86_399_000_000, 3_723_000_000, ABSENT],
    )
    assert.deepEqual(
      ['000000000001', '235959999999', '090000123456', BLANK_MICROSECONDS].map(text =>
        read(text, readMicroseconds),
      ),
      [1, 86_399_999_999, 32_400_123_456, ABSENT],
    )
  })

  test('beyond the day are refused', () => {
    for (const text of ['240000', '006000', '000060']) {
      const message = `offset 1: expected a time of day as HHMMSS, got "${text}"`
      assert.throws(() => read(text, readSeconds), { message })
      assert.throws(() => read(`${text}000000`, readMicroseconds), { message })
    }
  })

  test('with another byte than a digit are refused', () => {
    for (const bad of ['/', ':'])
      for (const place of [0, 1, 2, 3, 4, 5]) {
        const digits = '000000'
        const text = digits.slice(0, place) + bad + digits.slice(place + 1)
        assert.throws(() => read(text, readSeconds), /expected two digits of a time, got/)
        assert.throws(() => read(digits + text, readMicroseconds), {
          message: `offset 1: expected a time as HHMMSSuuuuuu, got "${digits}${text}"`,
        })
      }
    assert.throws(() => read('0000/0', readSeconds), {
      message: 'offset 5: expected two digits of a time, got "/0"',
    })
  })

  test('are blank to their end, or not blank', () => {
    for (const place of [1, 5]) {
      const text = `${' '.repeat(place)}0`.padEnd(6)
      assert.throws(() => read(text, readSeconds), {
        message: `offset 1: expected a time, or blanks, got "${text}"`,
      })
    }
    const text = `${' '.repeat(11)}0`
    assert.throws(() => read(text, readMicroseconds), {
      message: `offset 1: expected a time, or blanks, got "${text}"`,
    })
  })
})

test('an error has its offset, its reason, and the bytes that came, as text', () => {
  const bytes = Buffer.from([0x41, 0x13, 0xff, 0x42])
  assert.throws(
    () => refuse(bytes, 1, 2, 'a tag'),
    (error: unknown) => {
      assert.ok(error instanceof FlexError)
      assert.equal(error.offset, 1)
      assert.equal(error.reason, 'expected a tag, got "\\u0013ÿ"')
      assert.equal(error.message, `offset 1: ${error.reason}`)
      return true
    },
  )
})
