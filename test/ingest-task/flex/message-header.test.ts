import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  channelOf,
  counterOf,
  exchangeOf,
  isTokyo,
  messageEnd,
  messageLength,
} from '../../../ingest-task/flex/message-header.ts'

interface Parts {
  readonly length?: string
  readonly channel?: string
  readonly counter?: string
  readonly exchange?: string
}

/** Returns a header with this many bytes after it; the last byte of all ends the message. */
function messageOf(parts: Parts = {}, after = 9): Buffer {
  const {
    length = String(41 + after).padStart(6),
    channel = '002',
    counter = '00000017',
    exchange = '1',
  } = parts
  const header = `\x11${length}${channel}${counter}100${exchange}010111       7203 \x12`
  assert.equal(header.length, 41)
  return Buffer.from(`${header}${'x'.repeat(after - 1)}\x11`, 'latin1')
}

/** Some bytes before the message, which must not matter. */
const BEFORE = Buffer.from('\x11  9')
const AT = BEFORE.length
const placed = (message: Buffer): Buffer => Buffer.concat([BEFORE, message])

suite('a message', () => {
  test('states its length, from 42 to 4,096 bytes', () => {
    const lengthOf = (text: string): number => messageLength(placed(messageOf({ length: text })), AT)
    assert.deepEqual(['    42', '  4096', '000100'].map(lengthOf), [42, 4096, 100])
    for (const text of ['    41', '  4097', '      ', '     0']) {
      assert.throws(() => lengthOf(text), {
        message: `offset ${AT + 1}: expected a length of 42 to 4096 bytes, got "${text}"`,
      })
    }
  })

  test('starts with 0x11', () => {
    assert.throws(() => messageLength(Buffer.from('A'), 0), {
      message: 'offset 0: expected a message to start with 0x11, got "A"',
    })
  })

  test('ends after its length', () => {
    for (const after of [1, 9]) {
      assert.equal(messageEnd(placed(messageOf({}, after)), AT), AT + 41 + after)
      const more = Buffer.concat([placed(messageOf({}, after)), messageOf()])
      assert.equal(messageEnd(more, AT), AT + 41 + after)
    }
  })

  test('that is cut off, or has another end, is refused', () => {
    const whole = placed(messageOf())
    assert.throws(() => messageEnd(whole.subarray(0, AT + 41), AT), {
      message: `offset ${AT}: expected a message of at least 42 bytes, got 41 bytes`,
    })
    for (const length of [42, 49]) {
      assert.throws(() => messageEnd(whole.subarray(0, AT + length), AT), {
        message: `offset ${AT}: expected a message of 50 bytes, got ${length} bytes`,
      })
    }
    const endless = Buffer.from(whole)
    endless.write('y', AT + 49, 'latin1')
    assert.throws(() => messageEnd(endless, AT), {
      message: `offset ${AT + 49}: expected a message of 50 bytes to end with 0x11, got "y"`,
    })
    const headless = Buffer.from(whole)
    headless.write('z', AT + 40, 'latin1')
    assert.throws(() => messageEnd(headless, AT), {
      message: `offset ${AT + 40}: expected a header to end with 0x12, got "z"`,
    })
  })
})

suite('a header', () => {
  test('has a counter of eight digits', () => {
    assert.equal(counterOf(placed(messageOf()), AT, 2), 17)
    assert.equal(counterOf(placed(messageOf({ counter: '99999999' })), AT, 2), 99_999_999)
    for (const counter of ['        ', '      17', ' 0000017']) {
      assert.throws(() => counterOf(placed(messageOf({ counter })), AT, 2), {
        message: `offset ${AT + 10}: expected a counter of 8 digits, got "${counter}"`,
      })
    }
  })

  test('has the channel of its line', () => {
    assert.equal(channelOf(placed(messageOf({ channel: ' 13' })), AT), 13)
    assert.throws(() => channelOf(placed(messageOf({ channel: '   ' })), AT), {
      message: `offset ${AT + 7}: expected a channel, got "   "`,
    })
    for (const channel of ['001', '003', '   ']) {
      assert.throws(() => counterOf(placed(messageOf({ channel })), AT, 2), {
        message: `offset ${AT + 7}: expected channel 2, got "${channel}"`,
      })
    }
  })

  test('has an exchange: Tokyo, Nagoya, Fukuoka or Sapporo', () => {
    const exchanges = ['1', '3', '6', '8'].map(exchange => placed(messageOf({ exchange })))
    assert.deepEqual(
      exchanges.map(bytes => exchangeOf(bytes, AT)),
      ['T', 'N', 'F', 'S'],
    )
    assert.deepEqual(
      exchanges.map(bytes => isTokyo(bytes, AT)),
      [true, false, false, false],
    )
    for (const exchange of ['0', '2', '9', ' ']) {
      const bytes = placed(messageOf({ exchange }))
      const message = `offset ${AT + 21}: expected exchange 1, 3, 6 or 8, got "${exchange}"`
      assert.throws(() => exchangeOf(bytes, AT), { message })
      assert.throws(() => isTokyo(bytes, AT), { message })
    }
    for (let byte = 0; byte < 256; byte++) {
      const bytes = placed(messageOf())
      bytes[AT + 21] = byte
      if (![0x31, 0x33, 0x36, 0x38].includes(byte)) assert.throws(() => isTokyo(bytes, AT), String(byte))
    }
  })
})
