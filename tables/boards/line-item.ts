/** A line in the boards table: what its task said last, when it was heard last, and what apps know of it. */

import { LINES } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import type { Item } from '../dynamodb.ts'

/**
 * A line of which nothing was heard for longer (real ms) is stale: a task says the state of its line every three
 * seconds, so that three of them in a row are missing.
 */
export const SILENT_AFTER_MS = 10_000

export const LINE_NUMBERS: readonly number[] = Array.from({ length: LINES }, (_, index) => index + 1)
export const lineId = (line: number): string => `line#${line}`

type LineEvent = EventOf<'line'>

export interface LineItem {
  /** One more at every write. */
  readonly version: number
  /** What the task has said of its line. */
  readonly own: LineEvent
  /** What apps were told, which is something else after the line was silent. */
  readonly told: LineEvent
  /** When the task was last heard: epoch ms of the real clock, and as apps are told it. */
  readonly seen: number
  readonly heard: string
}

/** @returns undefined where there is none. */
export function lineItem(item: Item | undefined): LineItem | undefined {
  const { version, own, told, seen, heard } = item ?? {}
  if (version?.N === undefined || own?.S === undefined || told?.S === undefined) return undefined
  return {
    version: Number(version.N),
    own: JSON.parse(own.S) as LineEvent,
    told: JSON.parse(told.S) as LineEvent,
    seen: Number(seen?.N),
    heard: heard?.S ?? '',
  }
}

/** The item of the table. */
export function itemOf({ version, own, told, seen, heard }: LineItem): Item {
  return {
    id: { S: lineId(own.line) },
    version: { N: String(version) },
    own: { S: JSON.stringify(own) },
    told: { S: JSON.stringify(told) },
    seen: { N: String(seen) },
    heard: { S: heard },
  }
}

/** What is true of a line at `now` (epoch ms): stale since it was last heard, once that is too long ago. */
export function stateNow({ told, seen, heard }: LineItem, now: number): LineEvent {
  if (told.state === 'stale' || now - seen <= SILENT_AFTER_MS) return told
  // What was told is never older than what apps know.
  return { ...told, state: 'stale', since: heard > told.since ? heard : told.since }
}
