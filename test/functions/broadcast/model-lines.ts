/** The lines of the posts model: two lines whose tasks replace each other, and a line that sends only news. */
import { copyBoard, F } from '../../../market/board.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, PRICE_SCALE } from '../../../market/units.ts'
import { ISSUES, openSender, type PublishedPlace, type Sender, TRADING_DATE } from '../stored-market.ts'

const LINES = [1, 2]
const NEWS_LINE = 3
const ISSUES_OF_LINE_1: readonly string[] = ISSUES.slice(0, 2)

/** How a new task of a line starts: where the old task has ended, with a snapshot, or from the place in the lease. */
export const STARTS = ['after the end', 'by a snapshot', 'from the lease'] as const
export type Start = (typeof STARTS)[number]

/** The lease of a line, and what the other task of the line keeps. */
interface Lease {
  place: PublishedPlace
  /** Ticks that the holder has sent since. */
  kept: Tick[]
  /** The task that was replaced, and the ticks that it has not sent. It may go on. */
  replaced?: { readonly sender: Sender; readonly unsent: Tick[] }
}

export class ModelLines {
  /** Ticks of the market that were not sent yet. */
  readonly #ticks: Tick[]
  readonly #senders = new Map<number, Sender>(LINES.map(line => [line, openSender(1, undefined, line)]))
  readonly #leases = new Map<number, Lease>(
    LINES.map(line => [line, { place: this.#senders.get(line)!.published(), kept: [] }]),
  )
  readonly #last = new Map<string, Tick>()
  /** Volume that was added to the market, by issue. */
  readonly #addedVolume = new Map<string, number>()
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
    return LINES.flatMap(line => this.#send(line, ofLine(ticks, line)))
  }

  /** The tasks write into the leases what they have published. */
  renew(): void {
    for (const [line, lease] of this.#leases) {
      lease.place = this.#senders.get(line)!.published()
      lease.kept = []
    }
  }

  /** Returns the next envelopes of the replaced task of a line: it goes on beside the new task. */
  late(line: number, count: number): Uint8Array[] {
    const { replaced } = this.#leases.get(line)!
    return replaced === undefined ? [] : replaced.sender.send(replaced.unsent.splice(0, count))
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
    this.#addedVolume.set(issue, (this.#addedVolume.get(issue) ?? 0) + 100 * count)
    this.#last.set(issue, ticks.at(-1)!)
    return this.#send(last.line, ticks)
  }

  /**
   * Replaces the task of a line. Both tasks send the next ticks of the market: the old task some before the envelopes of
   * the new task, and the others after them.
   */
  replace(line: number, count: number, start: Start): Uint8Array[] {
    const old = this.#senders.get(line)!
    const lease = this.#leases.get(line)!
    const next = openSender(++this.#epoch, placeFor(start, old, lease), line)
    this.#senders.set(line, next)
    const boards = start === 'by a snapshot' ? this.#boards(line) : []
    const ticks = this.#next(count)
    const own = ofLine(ticks, line)
    const before = start === 'from the lease' ? old.send(own.slice(0, count / 2)) : []
    lease.replaced = { sender: old, unsent: own.slice(start === 'from the lease' ? count / 2 : 0) }
    const kept = start === 'from the lease' ? lease.kept : []
    const others = LINES.filter(other => other !== line)
    const envelopes = [
      ...before,
      ...next.send([...boards, ...kept, ...own]),
      ...this.late(line, count / 2),
      ...others.flatMap(other => this.#send(other, ofLine(ticks, other))),
    ]
    if (start === 'from the lease') lease.kept.push(...own)
    else Object.assign(lease, { place: next.published(), kept: [] })
    return envelopes
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

  /** Returns the boards of a line, as a task gets them that requests a snapshot. */
  #boards(line: number): Tick[] {
    const ticks = [...this.#last.values()].sort((a, b) => a.sequence - b.sequence)
    return ofLine(ticks, line).map(({ trade: _, ...tick }) => tick)
  }

  #send(line: number, ticks: readonly Tick[]): Uint8Array[] {
    const { kept, replaced } = this.#leases.get(line)!
    kept.push(...ticks)
    replaced?.unsent.push(...ticks)
    return this.#senders.get(line)!.send(ticks)
  }

  #next(count: number): Tick[] {
    return this.#ticks.splice(0, count).map(tick => {
      const { issue } = tick.board
      const [sequence, time] = [tick.sequence + this.#added, tick.time + this.#added]
      const line = lineOf(issue)
      const board = copyBoard(tick.board)
      board.values[F.volume] = board.values[F.volume]! + (this.#addedVolume.get(issue) ?? 0)
      const moved = { ...tick, line, sequence, time, board }
      this.#last.set(issue, moved)
      return moved
    })
  }
}

function placeFor(start: Start, old: Sender, lease: Lease): PublishedPlace | undefined {
  if (start === 'by a snapshot') return undefined
  return start === 'from the lease' ? lease.place : old.published()
}

function lineOf(issue: string): number {
  return ISSUES_OF_LINE_1.includes(issue) ? 1 : 2
}

function ofLine(ticks: readonly Tick[], line: number): Tick[] {
  return ticks.filter(tick => tick.line === line)
}
