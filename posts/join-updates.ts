/** Joins the texts of updates, events and missed trades to messages that fit into posts. */
import { POST_BYTES } from '../market/protocol.ts'

/** What the messages of a round are made of. */
export interface UpdateTexts {
  /** JSON texts of updates, without duplicates. */
  readonly updates: readonly string[]
  /** JSON texts of events, without duplicates. */
  readonly events: readonly string[]
  /** JSON texts of missed trades, without duplicates. Absent if there are none. */
  readonly missed?: readonly string[]
  /** The factor by which all paces are longer at present. Absent if they are not; otherwise every message has it. */
  readonly stretch?: number
}

const HEAD = '{"type":"updates","updates":['
const EVENTS = '],"events":['
const MISSED = '],"missed":['

/** The joined texts of one member of a message. */
interface Part {
  readonly texts: readonly string[]
  readonly sizes: readonly number[]
  /** What precedes the first text. */
  readonly start: string
  joined: string
}

/**
 * Returns a function that joins the texts at some indices to messages of type `updates`, in order: the events first, then the
 * missed trades, then the updates. Each message is as full as one post allows. A text that is too long for a post gets a message
 * of its own.
 */
export function updatesJoiner({
  updates,
  events,
  missed = [],
  stretch,
}: UpdateTexts): (
  updateIndices: readonly number[],
  eventIndices: readonly number[],
  missedIndices?: readonly number[],
) => string[] {
  const partOf = (texts: readonly string[], start: string): Part => ({
    texts,
    sizes: texts.map(text => Buffer.byteLength(text)),
    start,
    joined: '',
  })
  const ofUpdates = partOf(updates, '')
  const ofEvents = partOf(events, EVENTS)
  const ofMissed = partOf(missed, MISSED)
  const end = stretch === undefined ? ']}' : `],"stretch":${stretch}}`
  const emptyBytes = HEAD.length + end.length
  return (updateIndices, eventIndices, missedIndices = []) => {
    const messages: string[] = []
    let bytes = emptyBytes
    const finish = (): void => {
      if (bytes === emptyBytes) return
      messages.push(HEAD + ofUpdates.joined + ofMissed.joined + ofEvents.joined + end)
      for (const part of [ofUpdates, ofMissed, ofEvents]) part.joined = ''
      bytes = emptyBytes
    }
    const add = (part: Part, indices: readonly number[]): void => {
      const { texts, sizes, start } = part
      for (const index of indices) {
        const size = sizes[index]!
        if (bytes + (part.joined === '' ? start.length : 1) + size > POST_BYTES) finish()
        const separator = part.joined === '' ? start : ','
        part.joined += separator + texts[index]
        bytes += separator.length + size
      }
    }
    add(ofEvents, eventIndices)
    add(ofMissed, missedIndices)
    add(ofUpdates, updateIndices)
    finish()
    return messages
  }
}
