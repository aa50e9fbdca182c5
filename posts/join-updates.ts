/** Joins the texts of updates and events to messages that fit into posts. */
import { POST_BYTES } from '../market/protocol.ts'

/** What the messages of a round are made of. */
export interface UpdateTexts {
  /** JSON texts of updates, without duplicates. */
  readonly updates: readonly string[]
  /** JSON texts of events, without duplicates. */
  readonly events: readonly string[]
  /** The factor by which all paces are longer at present. Absent if they are not; otherwise every message has it. */
  readonly stretch?: number
}

const HEAD = '{"type":"updates","updates":['
const EVENTS = '],"events":['

/**
 * Returns a function that joins the updates and events at some indices to messages of type `updates`, in order, the events
 * first. Each message is as full as one post allows. A text that is too long for a post gets a message of its own.
 */
export function updatesJoiner({
  updates,
  events,
  stretch,
}: UpdateTexts): (updateIndices: readonly number[], eventIndices: readonly number[]) => string[] {
  const updateSizes = updates.map(text => Buffer.byteLength(text))
  const eventSizes = events.map(text => Buffer.byteLength(text))
  const end = stretch === undefined ? ']}' : `],"stretch":${stretch}}`
  const emptyBytes = HEAD.length + end.length
  return (updateIndices, eventIndices) => {
    const messages: string[] = []
    let joinedUpdates = ''
    let joinedEvents = ''
    let bytes = emptyBytes
    const finish = (): void => {
      if (bytes === emptyBytes) return
      messages.push(HEAD + joinedUpdates + joinedEvents + end)
      joinedUpdates = ''
      joinedEvents = ''
      bytes = emptyBytes
    }
    for (const index of eventIndices) {
      const size = eventSizes[index]!
      if (bytes + 1 + size > POST_BYTES) finish()
      const separator = joinedEvents === '' ? EVENTS : ','
      joinedEvents += separator + events[index]
      bytes += separator.length + size
    }
    for (const index of updateIndices) {
      const size = updateSizes[index]!
      if (bytes + (joinedUpdates === '' ? 0 : 1) + size > POST_BYTES) finish()
      const separator = joinedUpdates === '' ? '' : ','
      joinedUpdates += separator + updates[index]
      bytes += separator.length + size
    }
    finish()
    return messages
  }
}
