/** The exchange of a day that was: what the archive has of it, said again on the same lines in the same order. */
import { ABSENT, F, TIME_FIELDS } from '../../market/board.ts'
import { LINES } from '../../market/lane.ts'
import { phasesOf } from '../../market/phase.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeEvent, LineNumber } from '../exchange/exchange-event.ts'
import {
  ALL_TAGS,
  changedTags,
  elsewhereMessage,
  encodeFlexMessage,
  MAX_MESSAGE_BYTES,
} from '../exchange/flex.ts'
import { type LineTrack, openLineTrack } from './line-track.ts'
import type { Tape } from './tape.ts'

const LINE_NUMBERS: readonly LineNumber[] = [1, 2, 3]

/**
 * @param from microsecond of the day at which the lines begin to speak. The first events are the issues, the phase and
 * the boards of that moment, for who joins later. Every later message has its own counter, and where the archive has
 * no tick of a counter, a message of another exchange has it.
 */
export function openReplay(tape: Tape, from: DayMicros): Exchange {
  const { tradingDate, issues, tracks } = tape.index
  const lines = LINE_NUMBERS.map(line => openLineTrack(tape, line, from))
  const lineOf = new Map(tracks.map(({ issue, line }) => [issue, line]))
  /** The latest of each issue. */
  const ticks = new Map<string, Tick>()
  /** Phases still to come. */
  const phases = phasesOf(tradingDate).filter(({ time }) => time > from)
  const counters = lines.map(({ counter }) => counter)
  let introduced = false

  /** Issues without a tick on the day are no line's; the first one lists them. */
  const listedOn = (line: LineNumber) => issues.filter(({ code }) => (lineOf.get(code) ?? 1) === line)

  function* introduce(): Generator<ExchangeEvent> {
    const phase = phasesOf(tradingDate).findLast(({ time }) => time <= from)?.phase
    for (const line of LINE_NUMBERS) {
      yield { kind: 'issues', line, time: from, issues: listedOn(line) }
      if (phase !== undefined) yield { kind: 'phase', line, time: from, phase }
      for (const tick of lines[line - 1]!.before) yield message(tick)
    }
  }

  const message = (tick: Tick): ExchangeEvent => {
    const { line, sequence, time, board, trade } = tick
    const before = ticks.get(board.issue)
    ticks.set(board.issue, tick)
    return {
      kind: 'message',
      line: line as LineNumber,
      sequence,
      time,
      issue: board.issue,
      board,
      ...(trade === undefined ? {} : { trade }),
      bytes: encodeTick(tick, before),
    }
  }

  function* advanceLine(index: number): Generator<ExchangeEvent> {
    const line = LINE_NUMBERS[index]!
    const time = lines[index]!.nextTime
    const tick = lines[index]!.next()!
    const { issue } = tick.board
    while (counters[index]! + 1 < tick.sequence) {
      const sequence = ++counters[index]!
      yield { kind: 'elsewhere', line, sequence, time, bytes: elsewhereMessage(line, sequence, issue) }
    }
    counters[index] = tick.sequence
    yield message(tick)
  }

  return {
    issues,
    tradingDate,
    lineOf(issue) {
      const line = lineOf.get(issue)
      if (line === undefined)
        throw new RangeError(`replay: there is no tick of issue ${JSON.stringify(issue)}`)
      return line
    },
    board: issue => ticks.get(issue)?.board,
    *advance(until) {
      if (!introduced) {
        introduced = true
        yield* introduce()
      }
      for (;;) {
        const index = earliest(lines)
        const next = lines[index]!.nextTime
        const phase = phases[0]
        if (phase !== undefined && phase.time <= Math.min(next, until)) {
          phases.shift()
          for (const line of LINE_NUMBERS) yield { kind: 'phase', line, ...phase }
        } else if (next <= until) yield* advanceLine(index)
        else return
      }
    },
  }
}

function earliest(lines: readonly LineTrack[]): number {
  let index = 0
  for (let other = 1; other < LINES; other++) {
    if (lines[other]!.nextTime < lines[index]!.nextTime) index = other
  }
  return index
}

/**
 * The message of which a reader that knows the tick before makes exactly this one.
 * @param before undefined for the first one of an issue, which says all there is.
 */
export function encodeTick({ line, sequence, time, board }: Tick, before: Tick | undefined): Uint8Array {
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  const tags = before === undefined ? ALL_TAGS : changedTags(before.board.values, board.values)
  const shown = TIME_FIELDS.reduce(
    (latest, field) => Math.max(latest, board.values[field]!),
    before?.time ?? 0,
  )
  // The time of a tick is the latest of what was ever shown, unless its message had a later one that no board shows.
  const stands = board.values[F.statusTime] !== ABSENT && time <= shown
  const end = encodeFlexMessage(target, 0, { line, sequence, board, tags, ...(stands ? {} : { time }) })
  return target.slice(0, end)
}
