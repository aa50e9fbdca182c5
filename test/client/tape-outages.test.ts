/** Outages at any moment of some trading dates, against the true trades. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TradePiece } from '../../client/trade-day.ts'
import { createTape } from '../../client/trade-tape.ts'
import { FRIDAY, fetched, MONDAY, namesOf, piece, THURSDAY, WEDNESDAY } from './dated-pieces.ts'

const DATES = [WEDNESDAY, THURSDAY, FRIDAY, MONDAY]
const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('message' as const), hasTrade: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'round' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'cut' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('connect' as const), lag: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'night' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'recovery' as const }) },
)
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never

/** A market of one issue, its server, and an app with a tape. */
function createPlay(hasHistory: boolean) {
  const days = DATES.map((): boolean[] => [])
  let today = 0
  let isClosed = false
  let isConnected = true
  /** The sequence up to which the connection has sent updates. */
  let sent = 0
  /** The first update of a connection is a whole board, with the trades since the connection. */
  let isNew = false
  let ended = '2026-11-24'
  /** The app has missed something, or it has not seen the end of a date. */
  let isExcused = false
  let board = { date: WEDNESDAY as string, sequence: 0 }
  /** The number of true trades that the app has, or that are reported as lost. */
  let settled = 0
  const tape = createTape({ date: WEDNESDAY, sequence: 0, time: undefined, volume: 0, isStarted: true })

  const sequencesOf = (date: string, after = 0, upTo = Number.MAX_SAFE_INTEGER): number[] =>
    (days[DATES.indexOf(date as never)] ?? []).flatMap((hasTrade, index) =>
      hasTrade && index + 1 > after && index + 1 <= upTo ? [index + 1] : [],
    )
  const date = (): string => DATES[today]!
  const latest = (): number => days[today]!.length
  const trueTrades = (upTo: typeof board): string[] =>
    DATES.filter(each => each <= upTo.date).flatMap(each =>
      sequencesOf(each, 0, each === upTo.date ? upTo.sequence : undefined).map(one => `${each} ${one}`),
    )

  /** The app gets a piece, and the board at its end. */
  function receive(part: TradePiece): void {
    tape.add(part)
    if (part.date > board.date || part.sequence > board.sequence)
      board = { date: part.date, sequence: part.sequence }
  }

  /** A whole board has the trades since `after`. */
  function whole(after: number, sequence: number): TradePiece {
    const sequences = sequencesOf(date(), after, sequence)
    const volume = 100 * sequencesOf(date(), 0, sequence).length
    return piece(date(), [(sequences[0] ?? sequence + 1) - 1, sequence], sequences, {
      volume,
      source: 'whole',
    })
  }

  function round(): void {
    if (!isConnected || latest() === 0) return
    if (isNew) receive(whole(sent, latest()))
    else if (latest() > sent) receive(piece(date(), [sent, latest()], sequencesOf(date(), sent)))
    sent = latest()
    isNew = false
  }

  function learn(): void {
    ended = isClosed ? date() : (DATES[today - 1] ?? ended)
  }

  function recover(): void {
    for (let hole = tape.hole(board); hole !== undefined; hole = tape.hole(board)) {
      if (hasHistory) tape.add(fetched(hole, sequencesOf(hole.after.date, hole.after.sequence, hole.upTo)))
      else tape.giveUp()
    }
  }

  function take(): void {
    const taken = tape.take(board)
    const expected = trueTrades(board)
    if (!taken.lost) assert.deepEqual(namesOf(taken), expected.slice(settled, settled + taken.trades.length))
    else assert.ok(isExcused && !hasHistory, 'expected no mark: nothing is missing')
    settled = taken.lost || !hasHistory ? expected.length : settled + taken.trades.length
    if (!hasHistory && !taken.lost) assert.equal(namesOf(taken).at(-1) ?? expected.at(-1), expected.at(-1))
  }

  function run(one: Move): void {
    if (one.kind === 'message' && !isClosed) {
      days[today]!.push(one.hasTrade)
      if (!isConnected && one.hasTrade) isExcused = true
    } else if (one.kind === 'round') round()
    else if (one.kind === 'cut' && isConnected) {
      // What the server has not sent yet is missed.
      if (isNew || sent < latest()) isExcused = true
      isConnected = false
      tape.interrupt(ended)
    } else if (one.kind === 'connect' && !isConnected) {
      isConnected = true
      sent = latest()
      isNew = true
      // Stored boards are some messages old. After the close they are the last ones.
      const stored = isClosed ? latest() : Math.max(0, latest() - one.lag)
      receive(whole(stored, stored))
      learn()
    } else if (one.kind === 'night') night()
    if (one.kind === 'recovery' || !hasHistory) recover()
    take()
    if (isConnected && !isNew && sent === latest()) isExcused = false
  }

  /** The first call closes the date, the next one starts another. */
  function night(): void {
    round()
    if (isClosed && today + 1 < DATES.length) {
      today++
      isClosed = false
      sent = 0
    } else isClosed = true
    if (isConnected) learn()
    else isExcused = true
  }

  return {
    run,
    finish(): void {
      run({ kind: 'connect', lag: 0 })
      run({ kind: 'message', hasTrade: true })
      run({ kind: 'round' })
      recover()
      take()
      if (board.date === date() && board.sequence === latest())
        assert.equal(settled, trueTrades(board).length)
    },
  }
}

describe('a tape over some dates with outages', () => {
  for (const hasHistory of [true, false])
    it(
      hasHistory
        ? 'gives every trade once and in order, and nothing is lost, if the history has it'
        : 'gives every trade once and in order or reports a loss, and no loss if the app had all and saw the close',
      () => {
        fc.assert(
          fc.property(fc.array(move, { maxLength: 40 }), moves => {
            const play = createPlay(hasHistory)
            for (const one of moves) play.run(one)
            play.finish()
          }),
          { numRuns: 2_000 },
        )
      },
    )
})
