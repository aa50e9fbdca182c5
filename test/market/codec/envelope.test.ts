import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ASKS, BIDS, type Board, emptyBoard, F, LEVELS, MAX_VALUE } from '../../../market/board.ts'
import { ByteWriter } from '../../../market/codec/bytes.ts'
import {
  decodeEnvelope,
  decodeHeader,
  EnvelopeError,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
  unknownVersionOf,
} from '../../../market/codec/envelope.ts'
import { seal as sealBytes } from '../../../market/codec/sealed-bytes.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { arbitraryTicks, TRADING_DATE } from './arbitrary-ticks.ts'

const HEADER = {
  line: 2,
  lane: 3,
  epoch: asEpochMillis(1_795_000_000_123),
  counter: 70_000,
  tradingDate: TRADING_DATE,
  position: 1_200_000,
  reached: 1_300_000,
}

function seal(ticks: readonly Tick[]): Uint8Array {
  const writer = new EnvelopeWriter()
  for (const tick of ticks) writer.add(tick)
  return writer.finish(HEADER)
}

/** Returns a board with the largest numbers, and with levels as far apart as possible. */
function vastBoard(issue: string): Board {
  const board = emptyBoard(issue)
  const { values } = board
  for (let level = 0; level < LEVELS; level++) {
    const distance = level * 4_999_999_999_999
    values[ASKS + 2 * level] = 50_000_000_000_001 + distance
    values[BIDS + 2 * level] = 49_999_999_999_999 - distance
    values[ASKS + 2 * level + 1] = MAX_VALUE - level
    values[BIDS + 2 * level + 1] = MAX_VALUE - level
  }
  for (const field of [F.over, F.under, F.marketSell, F.marketBuy, F.volume, F.turnover, F.high]) {
    values[field] = MAX_VALUE - 1
  }
  values[F.last] = 7
  values[F.low] = 3
  return board
}

suite('an envelope', () => {
  test('returns every tick unchanged', () => {
    fc.assert(
      fc.property(arbitraryTicks(), ticks => {
        assert.deepEqual(decodeEnvelope(seal(ticks)), { kind: 'ticks', ...HEADER, ticks })
      }),
    )
  })

  test('can be read without the envelope before it', () => {
    fc.assert(
      fc.property(arbitraryTicks({ minLength: 1 }), arbitraryTicks({ minLength: 1 }), (first, second) => {
        const writer = new EnvelopeWriter()
        for (const tick of first) writer.add(tick)
        writer.finish(HEADER)
        for (const tick of second) writer.add(tick)
        assert.deepEqual(decodeEnvelope(writer.finish(HEADER)), { kind: 'ticks', ...HEADER, ticks: second })
      }),
    )
  })

  test('returns events unchanged, with Japanese text', () => {
    const events: MarketEvent[] = [
      {
        type: 'news',
        time: '2026-11-20T09:00:00+09:00',
        headline: '髙島﨑①㈱、業績予想を修正',
        issues: ['7203'],
      },
      { type: 'phase', time: '2026-11-20T09:00:00+09:00', phase: 'morning' },
    ]
    assert.deepEqual(decodeEnvelope(encodeEvents(HEADER, events)), { kind: 'events', ...HEADER, events })
  })

  test('returns whole boards of a part of a key frame, and the envelope that it follows', () => {
    const follows = { epoch: asEpochMillis(1_794_000_000_000), counter: 9 }
    const ticks = ['7203', '130A'].map(
      (issue, index): Tick => ({
        tradingDate: TRADING_DATE,
        line: 2,
        sequence: 5 + index,
        time: 1,
        board: emptyBoard(issue),
      }),
    )
    const header = { ...HEADER, follows }
    const bytes = encodeBoards(header, 2, 3, ticks)
    assert.deepEqual(decodeEnvelope(bytes), { kind: 'boards', ...header, part: 2, parts: 3, ticks })
    assert.deepEqual(decodeHeader(bytes), { kind: 'boards', header })
  })

  test('has no byte without a tick, and never more bytes than its writer states', () => {
    const writer = new EnvelopeWriter()
    assert.deepEqual([writer.count, writer.bytes], [0, 0])
    const largest = {
      ...HEADER,
      epoch: asEpochMillis(Number.MAX_SAFE_INTEGER),
      counter: Number.MAX_SAFE_INTEGER,
      position: Number.MAX_SAFE_INTEGER,
      reached: Number.MAX_SAFE_INTEGER,
      follows: { epoch: asEpochMillis(Number.MAX_SAFE_INTEGER), counter: Number.MAX_SAFE_INTEGER },
    }
    const board = emptyBoard('7203')
    for (let sequence = 1; sequence <= 3; sequence++)
      writer.add({ tradingDate: TRADING_DATE, line: 2, sequence, time: 0, board })
    const { count, bytes } = writer
    assert.equal(count, 3)
    const length = writer.finish(largest).length
    assert.ok(bytes >= length && bytes < length + 50, `stated ${bytes}, has ${length}`)
    assert.deepEqual([writer.count, writer.bytes], [0, 0])
  })

  test('of an unknown kind is refused', () => {
    const out = new ByteWriter()
    out.byte(2)
    out.byte(3)
    for (let left = 20; left > 0; left--) out.byte(0)
    assert.throws(() => decodeEnvelope(sealBytes(out)), {
      name: 'EnvelopeError',
      message: 'expected an envelope kind of 0 to 2, got 3',
    })
  })

  test('is refused if any byte is changed', () => {
    fc.assert(
      fc.property(
        arbitraryTicks({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (ticks, at, flip) => {
          const bytes = seal(ticks)
          bytes[at % bytes.length]! ^= flip
          assert.throws(() => decodeEnvelope(bytes), EnvelopeError)
        },
      ),
    )
  })

  test('is refused if it has another version', () => {
    const bytes = toNextVersion(seal([]))
    for (const decode of [decodeEnvelope, decodeHeader]) {
      assert.throws(() => decode(bytes), {
        name: 'UnknownVersionError',
        message: 'expected envelope version 2, got 3',
      })
    }
    assert.equal(unknownVersionOf(bytes)?.message, 'expected envelope version 2, got 3')
    assert.equal(unknownVersionOf(seal([])), undefined)
  })

  test('is damaged, not of another version, if a bit of its version is flipped', () => {
    for (const bytes of [seal([]), toNextVersion(seal([]))]) {
      bytes[0]! ^= 4
      assert.throws(() => decodeEnvelope(bytes), {
        name: 'EnvelopeError',
        message: /expected CRC \d+ of the envelope/,
      })
      assert.equal(unknownVersionOf(bytes), undefined)
    }
  })

  test('is refused if it is shorter than a version and a checksum', () => {
    for (let length = 0; length < 5; length++) {
      const bytes = seal([]).subarray(0, length)
      assert.throws(() => decodeEnvelope(bytes), {
        name: 'EnvelopeError',
        message: new RegExp(`expected at least 5 bytes for the envelope, got ${length}$`),
      })
    }
  })

  test('holds the largest numbers at any place', () => {
    for (let quiet = 0; quiet < 100; quiet++) {
      const ticks = Array.from({ length: quiet + 20 }, (_, index): Tick => {
        const issue = String(1300 + index)
        const tick = { tradingDate: TRADING_DATE, line: 2, sequence: MAX_VALUE - index, time: index }
        if (index < quiet) return { ...tick, board: emptyBoard(issue) }
        const trade = { price: MAX_VALUE, quantity: MAX_VALUE, average: 3 }
        return { ...tick, board: vastBoard(issue), trade }
      })
      assert.deepEqual(decodeEnvelope(seal(ticks)), { kind: 'ticks', ...HEADER, ticks })
    }
  })

  test('refuses a number that it cannot return exactly', () => {
    const board = emptyBoard('7203')
    board.values[F.turnover] = 2 ** 53
    const tick = { tradingDate: TRADING_DATE, line: 1, sequence: 1, time: 0, board }
    const writer = new EnvelopeWriter()
    assert.throws(() => writer.add(tick), /issue 7203: expected whole numbers up to 1000000000000000/)
  })
})
