/** Judges the messages of a line: replaces impossible values of their boards, and decides the times of their ticks. */
import { emptyBoard, F, TIME_FIELDS } from '../../market/board.ts'
import type { DayMicros } from '../../market/units.ts'
import {
  type ImpossibleField,
  isTimeField,
  judgeFields,
  MAX_QUANTITY,
  noDoubt,
  TIME_TOLERANCE,
  wholeDoubt,
} from './judge-fields.ts'
import type { LineBoardsOptions, MessageCounts } from './line-boards-options.ts'
import type { IssueState } from './line-issue.ts'
import { FlexError } from './read-digits.ts'

/** The last time of a trading date, µs. */
const LAST_TIME: DayMicros = 24 * 3_600_000_000 - 1
/**
 * The messages of a line come in the order of their times. A time that is so much earlier than the latest one is not the
 * time of its message, µs. VL has its time to the second.
 */
const STALE_AFTER = 2_000_000
const BLANK = emptyBoard('').values

/** A message that is merged into the board of its issue. */
export interface JudgedMessage {
  readonly state: IssueState
  readonly sequence: number
  /** The board before the message; undefined for a whole board of a snapshot. */
  readonly before: Float64Array | undefined
}

export class MessageJudge {
  readonly #options: LineBoardsOptions
  readonly #counts: MessageCounts
  /** When the messages that are merged now came, µs of the day. */
  #arrival: DayMicros = 0
  /** Latest possible time of a message of this process: other lanes were published further than the next message. */
  #latest: DayMicros = 0

  /** @param counts their impossible messages are counted here. */
  constructor(options: LineBoardsOptions, counts: MessageCounts) {
    this.#options = options
    this.#counts = counts
    this.arrive()
  }

  /** Notes that the next messages come now. */
  arrive(): void {
    this.#arrival = Math.min(this.#options.now(), LAST_TIME)
  }

  /** Limits the times of an issue that another process has published: its clock may have been wrong. */
  inherit(state: IssueState): void {
    const latest = this.#arrival + TIME_TOLERANCE
    const { values } = state.board
    for (const field of TIME_FIELDS) values[field] = Math.min(values[field]!, latest)
    state.time = Math.min(state.time, latest)
  }

  /**
   * Replaces the impossible values of a board after its message.
   * @param stated the latest time in the tags of the message, if ST has none.
   * @returns the time of the tick: the latest time on its board or in its message, or its arrival if the message has no
   * possible time. So no tick is earlier than its message, and delayed prices are never early.
   * @throws FlexError for a whole board without a possible volume. Its next trade would be as large as the day.
   */
  judge({ state, sequence, before }: JudgedMessage, stated: number): DayMicros {
    const { values, issue } = state.board
    if (before === undefined) state.doubt = noDoubt()
    const doubt = before === undefined ? wholeDoubt() : state.doubt
    const fields = judgeFields(values, before ?? BLANK, doubt, this.#arrival)
    if (before === undefined) checkVolume(fields)
    let time = Math.max(state.time, stated)
    for (const field of TIME_FIELDS) if (values[field]! > time) time = values[field]!
    const hasTimeField = fields?.some(({ field }) => isTimeField(field)) === true
    const isFuture = hasTimeField || time > this.#arrival + TIME_TOLERANCE
    const isStale = before !== undefined && time < this.#latest - STALE_AFTER
    if (!isFuture && !isStale) {
      this.#latest = Math.max(this.#latest, time)
      if (fields === undefined) return time
    }
    const isPossible = !isFuture && !isStale
    if (!isPossible) this.#counts.impossibleTimes++
    if (fields?.some(({ field }) => !isTimeField(field))) this.#counts.impossibleValues++
    this.#options.onImpossible({
      issue,
      sequence,
      fields: fields ?? [],
      time: isPossible || hasTimeField ? undefined : time,
    })
    return isPossible ? time : Math.max(state.time, this.#arrival)
  }
}

/** @throws FlexError if the volume is among the impossible fields. */
function checkVolume(fields: readonly ImpossibleField[] | undefined): void {
  const volume = fields?.find(({ field }) => field === F.volume)
  if (volume !== undefined) throw new FlexError(0, `a volume up to ${MAX_QUANTITY}`, String(volume.got))
}
