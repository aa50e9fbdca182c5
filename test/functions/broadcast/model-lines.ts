/** The lines of the posts model: two ingest tasks, which may be replaced, and a line that sends only news. */
import { copyBoard, F } from '../../../market/board.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, PRICE_SCALE } from '../../../market/units.ts'
import { ISSUES, openSender, type Sender, TRADING_DATE } from '../stored-market.ts'

const LINES = [1, 2]
const NEWS_LINE = 3
const ISSUES_OF_LINE_1: readonly string[] = ISSUES.slice(0, 2)

export class ModelLines {
  /** Ticks of the market that were not sent yet. */
  readonly #ticks: Tick[]
  readonly #senders = new Map<number, Sender>(LINES.map(line => [line, openSender(1, undefined, line)]))
  readonly #last = new Map<string, Tick>()
  #epoch = 1
  /** Ticks that were added to the market: all later ticks have higher sequences. */
  #added = 0
  #news = 0

  /** @param ticks the market. */
  constructor(ticks: readonly Tick[]) {
    this.#ticks = [...ticks]
  }

  /** Returns the envelopes of the next ticks of the market. */
  send(count: number): Uint8Array[] {
    const ticks = this.#next(count)
    return LINES.flatMap(line => this.#senders.get(line)!.send(ofLine(ticks, line)))
  }

  /** Returns the envelopes of many trades of an issue; none if the issue has no tick yet. */
  burst(issue: string, count: number): Uint8Array[] {
    const last = this.#last.get(issue)
    if (last === undefined) return []
    const highest = Math.max(...Array.from(this.#last.values(), ({ sequence }) => sequence))
    const ticks = Array.from({ length: count }, (_, index): Tick => {
      const board = copyBoard(last.board)
      const price = (900 + (index % 200)) * PRICE_SCALE
      board.values[F.volume] = board.values[F.volume]! + 100 * (index + 1)
      board.values[F.last] = price
      return { ...last, sequence: highest + index + 1, board, trade: { price, quantity: 100 } }
    })
    this.#added += count
    this.#last.set(issue, ticks.at(-1)!)
    return this.#senders.get(last.line)!.send(ticks)
  }

  /**
   * Replaces the task of a line. The new task sends the next ticks of the market. The envelopes of the old task with the
   * same ticks come after it. @param continues the new task knows the last envelopes of the old task.
   */
  replace(line: number, count: number, continues: boolean): Uint8Array[] {
    const old = this.#senders.get(line)!
    const next = openSender(++this.#epoch, continues ? old : undefined, line)
    this.#senders.set(line, next)
    const ticks = this.#next(count)
    const others = LINES.filter(other => other !== line)
    return [
      ...next.send(ofLine(ticks, line)),
      ...old.send(ofLine(ticks, line)),
      ...others.flatMap(other => this.#senders.get(other)!.send(ofLine(ticks, other))),
    ]
  }

  keyFrames(): Uint8Array[] {
    return [...this.#senders.values()].flatMap(sender => sender.keyFrames())
  }

  news(): Uint8Array[] {
    const counter = ++this.#news
    const news: EventOf<'news'> = { type: 'news', time: '', headline: String(counter), issues: [] }
    const header = { line: NEWS_LINE, lane: 0, epoch: asEpochMillis(1), position: 0, reached: 0 }
    return [encodeEvents({ ...header, counter, tradingDate: TRADING_DATE }, [news])]
  }

  #next(count: number): Tick[] {
    return this.#ticks.splice(0, count).map(tick => {
      const { issue } = tick.board
      const [sequence, time] = [tick.sequence + this.#added, tick.time + this.#added]
      const line = lineOf(issue)
      const moved = { ...tick, line, sequence, time }
      this.#last.set(issue, moved)
      return moved
    })
  }
}

function lineOf(issue: string): number {
  return ISSUES_OF_LINE_1.includes(issue) ? 1 : 2
}

function ofLine(ticks: readonly Tick[], line: number): Tick[] {
  return ticks.filter(tick => tick.line === line)
}
