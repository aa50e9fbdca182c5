/** An exchange that sends an archived day again: the same messages on the same lines, at the same times. */
import { ABSENT, type Board, F, TIME_FIELDS } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { LINE_NUMBERS, type LineNumber } from '../../market/lane.ts'
import { type PhaseStart, phasesOf } from '../../market/phase.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeEvent } from '../exchange/exchange-event.ts'
import {
  ALL_TAGS,
  changedTags,
  elsewhereMessage,
  encodeFlexMessage,
  MAX_MESSAGE_BYTES,
} from '../exchange/flex.ts'
import { type LineTrack, openLineTrack } from './line-track.ts'
import type { TapeReader } from './tape-reader.ts'

/**
 * Opens an exchange that replays a tape.
 *
 * Its first events are the issues, the phase and the boards at `from`, for readers that join later. After them every
 * message has its archived sequence. A sequence without a tick is sent as a message of another exchange.
 * @param from start of the replay, µs of the day.
 */
export function openReplay(tape: TapeReader, from: DayMicros): Exchange {
  const replay = new Replay(tape, from)
  const { issues, tradingDate } = tape.index
  return {
    issues,
    tradingDate,
    lineOf: issue => replay.lineOf(issue),
    board: issue => replay.boardOf(issue),
    advance: until => replay.advance(until),
  }
}

/** A line of the replay. */
interface ReplayLine {
  readonly number: LineNumber
  readonly track: LineTrack
  /** The last sequence that was sent. */
  counter: number
}

class Replay {
  readonly #tape: TapeReader
  readonly #from: DayMicros
  readonly #lines: readonly ReplayLine[]
  readonly #lineOfIssue: ReadonlyMap<string, LineNumber>
  /** The last tick of each issue so far. */
  readonly #lastTicks = new Map<string, Tick>()
  /** The phases that have not started yet. */
  readonly #nextPhases: PhaseStart[]
  #isStarted = false

  constructor(tape: TapeReader, from: DayMicros) {
    const { tradingDate, tracks } = tape.index
    this.#tape = tape
    this.#from = from
    this.#lines = LINE_NUMBERS.map(number => {
      const track = openLineTrack(tape, number, from)
      return { number, track, counter: track.counter }
    })
    this.#lineOfIssue = new Map(tracks.map(({ issue, line }) => [issue, line]))
    this.#nextPhases = phasesOf(RULES.hoursOf(tradingDate)).filter(({ time }) => time > from)
  }

  lineOf(issue: string): LineNumber {
    const line = this.#lineOfIssue.get(issue)
    if (line === undefined)
      throw new RangeError(`replay: expected an issue with a tick on the day, got ${JSON.stringify(issue)}`)
    return line
  }

  boardOf(issue: string): Board | undefined {
    return this.#lastTicks.get(issue)?.board
  }

  *advance(until: DayMicros): Generator<ExchangeEvent> {
    if (!this.#isStarted) {
      this.#isStarted = true
      yield* this.#start()
    }
    for (;;) {
      const line = this.#earliestLine()
      const { nextTime } = line.track
      const phase = this.#nextPhases[0]
      if (phase !== undefined && phase.time <= Math.min(nextTime, until)) {
        this.#nextPhases.shift()
        for (const number of LINE_NUMBERS) yield { kind: 'phase', line: number, ...phase }
      } else if (nextTime <= until) yield* this.#sendNext(line)
      else return
    }
  }

  /** Yields issues, phase and boards of each line at the start. */
  *#start(): Generator<ExchangeEvent> {
    const { tradingDate, issues } = this.#tape.index
    const time = this.#from
    const phase = phasesOf(RULES.hoursOf(tradingDate)).findLast(start => start.time <= time)?.phase
    for (const { number, track } of this.#lines) {
      // An issue without a tick on the day has no line; line 1 lists it.
      const listed = issues.filter(({ code }) => (this.#lineOfIssue.get(code) ?? 1) === number)
      yield { kind: 'issues', line: number, time, issues: listed }
      if (phase !== undefined) yield { kind: 'phase', line: number, time, phase }
      for (const tick of track.before) yield this.#messageOf(number, tick)
    }
  }

  /** Yields the next tick of a line. The sequences before it without a tick come first. */
  *#sendNext(line: ReplayLine): Generator<ExchangeEvent> {
    const { number, track } = line
    const time = track.nextTime
    const tick = track.next()!
    while (line.counter + 1 < tick.sequence) {
      const sequence = ++line.counter
      const bytes = elsewhereMessage(number, sequence, tick.board.issue)
      yield { kind: 'elsewhere', line: number, sequence, time, bytes }
    }
    line.counter = tick.sequence
    yield this.#messageOf(number, tick)
  }

  #messageOf(line: LineNumber, tick: Tick): ExchangeEvent {
    const { sequence, time, board, trade } = tick
    const { issue } = board
    const before = this.#lastTicks.get(issue)
    this.#lastTicks.set(issue, tick)
    const bytes = encodeTick(tick, before)
    return { kind: 'message', line, sequence, time, issue, board, ...(trade && { trade }), bytes }
  }

  #earliestLine(): ReplayLine {
    return this.#lines.reduce((earliest, line) =>
      line.track.nextTime < earliest.track.nextTime ? line : earliest,
    )
  }
}

/**
 * Encodes the message from which a reader that knows the tick before derives exactly this tick.
 * @param before undefined for the first tick of an issue: the message then has every tag.
 */
function encodeTick({ line, sequence, time, board }: Tick, before: Tick | undefined): Uint8Array {
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  const tags = before === undefined ? ALL_TAGS : changedTags(before.board.values, board.values)
  const latestTime = TIME_FIELDS.reduce(
    (latest, field) => Math.max(latest, board.values[field]!),
    before?.time ?? 0,
  )
  // A reader takes the latest time that the boards show. A later time was in the message only, so it is sent apart.
  const isShown = board.values[F.statusTime] !== ABSENT && time <= latestTime
  const end = encodeFlexMessage(target, 0, { line, sequence, board, tags, ...(isShown ? {} : { time }) })
  return target.slice(0, end)
}
