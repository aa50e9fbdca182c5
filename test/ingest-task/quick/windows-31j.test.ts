import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeWindows31J, encodeWindows31J, REPLACEMENT } from '../../../ingest-task/quick/windows-31j.ts'

const truth = new TextDecoder('shift_jis')

/** ICU, which decodes here, swaps three control characters and refuses 80. All other bytes agree with the standard. */
const OTHER_IN_ICU = [0x1a, 0x1c, 0x7f, 0x80]

const isLead = (byte: number): boolean => (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc)

/** Every code: single bytes, and first bytes with every second byte that a character may have. */
const CODES: Buffer[] = []
for (let first = 0; first < 0x100; first++) {
  if (isLead(first)) {
    for (let second = 0x40; second <= 0xfc; second++)
      if (second !== 0x7f) CODES.push(Buffer.from([first, second]))
  } else if (!OTHER_IN_ICU.includes(first)) CODES.push(Buffer.from([first]))
}
const CHARACTERS = CODES.filter(code => !truth.decode(code).includes(REPLACEMENT))

const decode = (...bytes: number[]): string => decodeWindows31J(Buffer.from(bytes))

suite('Windows-31J', () => {
  test('decodes every code like an independent decoder', () => {
    for (const code of CODES) {
      const [expected, got] = [truth.decode(code), decodeWindows31J(code)]
      if (expected.includes(REPLACEMENT)) assert.ok(got.includes(REPLACEMENT), code.toString('hex'))
      else assert.equal(got, expected, code.toString('hex'))
    }
    assert.equal(decode(0x1a, 0x1c, 0x7f, 0x80), '\u001a\u001c\u007f\u0080')
  })

  test('decodes the 1,880 user-defined characters as U+E000 to U+E757, and encodes them to the same bytes', () => {
    const gaiji = CODES.filter(code => code.length === 2 && code[0]! >= 0xf0 && code[0]! <= 0xf9)
    const text = String.fromCharCode(...Array.from({ length: 1_880 }, (_, index) => 0xe000 + index))
    assert.equal(decodeWindows31J(Buffer.concat(gaiji)), text)
    assert.deepEqual(encodeWindows31J(text), Buffer.concat(gaiji))
    assert.deepEqual(
      [decode(0xf0, 0x40), decode(0xf9, 0x41), decode(0xf9, 0xfc)],
      ['\ue000', '\ue69d', '\ue757'],
    )
  })

  test('decodes any text like the independent decoder, and encodes it to bytes that mean the same', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CHARACTERS)), codes => {
        const bytes = Buffer.concat(codes)
        const text = decodeWindows31J(bytes)
        assert.equal(text, truth.decode(bytes))
        assert.equal(truth.decode(encodeWindows31J(text)), text)
      }),
    )
  })

  test('keeps every ASCII character and line around bytes that are no character', () => {
    assert.equal(decode(0x37, 0x81), `7${REPLACEMENT}`)
    assert.equal(decode(0x81, 0x09, 0x41), `${REPLACEMENT}\tA`)
    // No character has these two bytes. The second byte is ASCII, so it stands for itself.
    assert.equal(decode(0x85, 0x41, 0x42), `${REPLACEMENT}AB`)
    assert.equal(decode(0x85, 0x85, 0x42), `${REPLACEMENT}B`)
    assert.equal(decode(0xa0, 0x42, 0xfd, 0xff), `${REPLACEMENT}B${REPLACEMENT}${REPLACEMENT}`)
    const ascii = fc.integer({ min: 0x20, max: 0x3f })
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.array(ascii, { minLength: 1 }),
        fc.uint8Array(),
        (before, kept, after) => {
          const text = decodeWindows31J(Buffer.concat([before, Buffer.from(kept), after]))
          assert.ok(text.includes(String.fromCharCode(...kept)))
        },
      ),
    )
  })

  test('encodes a character that it does not have as a byte that is decoded as U+FFFD', () => {
    const text = `é?${REPLACEMENT}髙\ue757😀`
    const bytes = encodeWindows31J(text)
    assert.equal(decodeWindows31J(bytes), `${REPLACEMENT}?${REPLACEMENT}髙\ue757${REPLACEMENT}`)
    assert.deepEqual(encodeWindows31J(decodeWindows31J(bytes)), bytes)
  })
})
