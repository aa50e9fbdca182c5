/** Writes ticks to envelopes and checks that the same ticks are read back. */
import assert from 'node:assert/strict'
import { boardsEqual } from '../../../market/board.ts'
import { decodeEnvelope, type EnvelopeHeader, EnvelopeWriter } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { LINE, TRADING_DATE } from './corpus.ts'

/** Ticks of an envelope. An issue has several of them, so that differences are written too. */
const MOST_TICKS = 60
const HEADER: EnvelopeHeader = {
  line: LINE,
  lane: 0,
  epoch: asEpochMillis(1),
  counter: 1,
  tradingDate: TRADING_DATE,
  position: 1,
  reached: 1,
}

export interface Envelopes {
  /** Adds ticks, which must not change afterwards. Checks an envelope whenever it is full. */
  add(ticks: readonly Tick[]): void
  /** Checks the last envelope. */
  end(): void
}

export function createEnvelopes(): Envelopes {
  const writer = new EnvelopeWriter()
  let added: Tick[] = []
  const end = (): void => {
    if (added.length === 0) return
    const room = writer.bytes
    const bytes = writer.finish(HEADER)
    assert.ok(bytes.length <= room, `envelope of ${bytes.length} bytes, expected at most ${room}`)
    const envelope = decodeEnvelope(bytes)
    assert.ok(envelope.kind === 'ticks')
    assertSameTicks(envelope.ticks, added, 'ticks of an envelope')
    added = []
  }
  return {
    add(ticks) {
      for (const tick of ticks) writer.add(tick)
      added.push(...ticks)
      if (added.length >= MOST_TICKS) end()
    },
    end,
  }
}

export function assertSameTicks(ticks: readonly Tick[], expected: readonly Tick[], what: string): void {
  assert.equal(ticks.length, expected.length, what)
  for (const [index, tick] of ticks.entries()) {
    const want = expected[index]!
    // The cheap comparison first: deepEqual of a million boards takes minutes.
    if (!sameTick(tick, want)) assert.deepEqual(tick, want, what)
  }
}

function sameTick(a: Tick, b: Tick): boolean {
  return (
    a.tradingDate === b.tradingDate &&
    a.line === b.line &&
    a.sequence === b.sequence &&
    a.time === b.time &&
    a.lost === b.lost &&
    a.trade?.price === b.trade?.price &&
    a.trade?.quantity === b.trade?.quantity &&
    a.trade?.side === b.trade?.side &&
    a.trade?.average === b.trade?.average &&
    boardsEqual(a.board, b.board)
  )
}
