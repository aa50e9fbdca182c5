/**
 * Feeds mutated market messages to the boards of a line, compares with a plain reader, and writes the ticks to envelopes
 * and reads them back.
 */
import assert from 'node:assert/strict'
import { LineBoards } from '../../../ingest-task/flex/line-boards.ts'
import { FlexError } from '../../../ingest-task/flex/read-digits.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { boardsEqual, copyBoard } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import type { Tally } from '../tally.ts'
import { type Corpus, LINE, TRADING_DATE } from './corpus.ts'
import { assertSameTicks, createEnvelopes } from './envelopes.ts'
import { digit, mutate, splice } from './mutate.ts'
import { withNines } from './nines.ts'
import { createPlainBoards, type PlainBoards } from './plain-boards.ts'

const HEADER_BYTES = 41
const COUNTER_AT = 10
const SEPARATOR = 0x13
/** Live messages that come first, so that most issues have a board and trades can be derived. */
const WARM_UP = 60
/** Most messages that a resumed reader gets although the previous reader has made ticks of them. */
const MOST_REPEATED = 20

/** When all messages come, µs of the day: damaged times may be later. */
const ARRIVAL = 16 * 3_600_000_000

/** The largest number of fourteen digits, the most that a field has room for. */
const LARGEST = 99_999_999_999_999

/** Longest field of a message. */
const FIELD_BYTES = 14

/** Runs cases on one line. Half of the lines are read by boards that resume after a previous reader. */
export function runMessageBatch(corpus: Corpus, random: Random, cases: number, tally: Tally): void {
  const ticks: Tick[] = []
  const onTick = (tick: Tick): void => void ticks.push({ ...tick, board: copyBoard(tick.board) })
  const plain = createPlainBoards(LINE, TRADING_DATE, ARRIVAL)
  const warmUp = Buffer.concat(corpus.messages.slice(0, WARM_UP))
  const options = { line: LINE, tradingDate: TRADING_DATE, now: () => ARRIVAL, onTick, onImpossible() {} }
  let boards = new LineBoards(options)
  boards.merge(warmUp)
  assert.deepEqual(ticks, plain.merge(warmUp).ticks)
  if (random() < 0.5) {
    const published = new Map(plain.boards())
    plain.restart(plain.last - below(random, MOST_REPEATED))
    boards = new LineBoards({
      ...options,
      published: {
        boards: [...published.values()],
        last: plain.last,
        lost: 0,
        floor: issue => published.get(issue)?.sequence ?? 0,
      },
    })
  }

  const envelopes = createEnvelopes()
  for (let count = 0; count < cases; count++) {
    const whole = random() < 0.15
    const bytes = mutatedMessages(corpus, random, plain.last, whole)
    ticks.length = 0
    const error = errorOf(() => (whole ? boards.replace(bytes) : boards.merge(bytes)))
    const expected = whole ? plain.replace(bytes) : plain.merge(bytes)
    assert.ok(error === undefined || error instanceof FlexError, `expected a FlexError, got ${error}`)
    assert.equal(error !== undefined, expected.isRefused, `refused: ${error}; ${show(bytes)}`)
    assertSameTicks(ticks, expected.ticks, show(bytes))
    envelopes.add(ticks)
    if (ticks.some(({ board }) => board.values.some(value => value >= LARGEST)))
      tally.count('largest numbers')
    assertSame(boards.boards(), plain, bytes)
    assert.equal(boards.counts.lost + boards.counts.before, plain.lost, show(bytes))
    if (whole && error === undefined && random() < 0.5) {
      boards.endSnapshot()
      plain.endSnapshot()
    }
    tally.count(
      error === undefined ? (ticks.length > 0 ? 'message: ticks' : 'message: no tick') : 'FlexError',
    )
  }
  envelopes.end()
}

/** Returns one to three messages, most of them with the counters after `last`. Mostly one of them is damaged. */
function mutatedMessages(corpus: Corpus, random: Random, last: number, whole: boolean): Buffer {
  const source = whole ? corpus.boards : corpus.messages
  const count = 1 + below(random, 3)
  const damaged = random() < 0.9 ? below(random, count) : count
  let counter = last
  const messages = Array.from({ length: count }, (_, index) => {
    counter += random() < 0.97 ? 1 : below(random, 4) - 2
    const message = Buffer.from(pick(random, source))
    if (index !== damaged) return withCounter(message, counter)
    const mutated = damage(message, pick(random, source), random)
    return random() < 0.9 ? withCounter(mutated, counter) : mutated
  })
  if (random() < 0.05) messages.splice(below(random, count), 0, Buffer.from([0x11]))
  const bytes = Buffer.concat(messages)
  return random() < 0.03 ? mutate(bytes, random) : bytes
}

/** Damages a message. Mostly only its tags, because a header with a wrong length would hide damage to the tags. */
function damage(message: Buffer, other: Buffer, random: Random): Buffer {
  const chance = random()
  if (chance < 0.1) return mutate(message, random)
  if (chance < 0.2) return splice(message, other, random)
  if (chance < 0.3) return mutate(message, random, [digit])
  const header = message.subarray(0, HEADER_BYTES)
  const tags = message.subarray(HEADER_BYTES, -1)
  if (chance < 0.35) return whole(mutate(header, random), tags)
  if (chance < 0.6) return whole(header, withField(tags, random))
  if (chance < 0.72) return whole(header, withOtherTags(tags, other.subarray(HEADER_BYTES, -1), random))
  if (chance < 0.8) return whole(header, joined(split(tags).map(tag => withNines(tag, random))))
  // Without ST, the time comes from the other tags.
  if (chance < 0.88) return whole(header, withField(withoutTag(tags, 'ST'), random))
  return whole(header, mutate(tags, random))
}

/** Fills a span, which may be a field, with blanks or with one digit. */
function withField(tags: Buffer, random: Random): Buffer {
  const copy = Buffer.from(tags)
  const from = below(random, copy.length)
  return copy.fill(
    pick(random, [' ', ' ', '0', '9']),
    from,
    Math.min(copy.length, from + 1 + below(random, FIELD_BYTES + 2)),
  )
}

/** Returns tags of two messages in any order: some twice, some not at all. */
function withOtherTags(tags: Buffer, other: Buffer, random: Random): Buffer {
  const both = [...split(tags), ...split(other)]
  const chosen = Array.from({ length: below(random, 8) }, () => pick(random, both))
  return joined(chosen)
}

function withoutTag(tags: Buffer, name: string): Buffer {
  return joined(split(tags).filter(tag => tag.toString('latin1', 0, 2) !== name))
}

function joined(tags: readonly Buffer[]): Buffer {
  return Buffer.concat(tags.flatMap((tag, index) => (index === 0 ? [tag] : [Buffer.from([SEPARATOR]), tag])))
}

function split(tags: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < tags.length; ) {
    const next = tags.indexOf(SEPARATOR, at)
    const end = next < 0 ? tags.length : next
    parts.push(tags.subarray(at, end))
    at = end + 1
  }
  return parts
}

/** Returns a message of these parts with the correct length. */
function whole(header: Buffer, tags: Buffer): Buffer {
  const message = Buffer.concat([header, tags, Buffer.from([0x11])])
  message.write(String(message.length).padStart(6), 1, 'latin1')
  return message
}

function withCounter(message: Buffer, counter: number): Buffer {
  if (message.length < HEADER_BYTES) return message
  message.write(String(Math.max(0, counter)).padStart(8, '0'), COUNTER_AT, 'latin1')
  return message
}

function errorOf(work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

/** Checks every board against the plain reader. A message that was refused half way must leave no trace. */
function assertSame(boards: Iterable<Tick>, plain: PlainBoards, bytes: Buffer): void {
  const expected = plain.boards()
  let known = 0
  for (const { board, sequence, time } of boards) {
    const want = expected.get(board.issue)
    assert.ok(want !== undefined, `${board.issue} has a board, but no message of it came; ${show(bytes)}`)
    assert.ok(
      want.sequence === sequence && want.time === time && boardsEqual(want.board, board),
      `board of ${board.issue}; ${show(bytes)}`,
    )
    known++
  }
  assert.equal(known, expected.size)
}

function show(bytes: Buffer): string {
  return `after ${JSON.stringify(bytes.toString('latin1'))}`
}
