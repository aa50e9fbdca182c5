/**
 * Every put of a pack, in the order in which the table took them. After each put it finds out whether a reader would miss
 * a tick that the puts before had shown.
 */
import { decodePack } from '../../../market/codec/pack.ts'

/** An item as requests of DynamoDB have it. */
interface PutItem {
  readonly key?: { readonly S?: string }
  readonly time?: { readonly S?: string }
  readonly pack?: { readonly B?: string }
}

/** The packs of an issue and trading date. */
interface IssuePacks {
  /** The sequences of each pack by its start, in the order of the starts. */
  starts: { readonly start: string; readonly sequences: readonly number[] }[]
  /** Starts of the ticks that a reader has been able to see, by sequence. */
  readonly seen: Map<number, string>
}

export interface PutLog {
  readonly puts: number
  /** What readers would have missed: the put, and the ticks that it hid. */
  readonly hidden: readonly string[]
  /** Notes the items of a request that the table has processed. */
  note(input: object): void
}

const PACK_TIME = /^\d{12}#\d{9}$/

export function createPutLog(): PutLog {
  const issues = new Map<string, IssuePacks>()
  const hidden: string[] = []
  let puts = 0
  const put = (key: string, start: string, pack: Buffer): void => {
    puts++
    const packs = issues.get(key) ?? { starts: [], seen: new Map<number, string>() }
    issues.set(key, packs)
    const ticks = decodePack(pack)
    const sequences = ticks.map(({ sequence }) => sequence)
    packs.starts = [...packs.starts.filter(each => each.start !== start), { start, sequences }].sort(
      (a, b) => (a.start < b.start ? -1 : 1),
    )
    for (const { time, sequence } of ticks) packs.seen.set(sequence, placeText(time, sequence))
    const gone = [...packs.seen].filter(([sequence, place]) => !isFound(packs, sequence, place))
    if (gone.length > 0)
      hidden.push(
        `put ${puts} of ${key} at ${start} with ${sequences} hid ${gone.map(([sequence]) => sequence)}`,
      )
  }
  return {
    get puts() {
      return puts
    },
    hidden,
    note(input) {
      const { RequestItems = {} } = input as {
        readonly RequestItems?: Readonly<Record<string, readonly { PutRequest?: { Item?: PutItem } }[]>>
      }
      for (const requests of Object.values(RequestItems)) {
        if (!Array.isArray(requests)) continue
        for (const { PutRequest } of requests) {
          const { key, time, pack } = PutRequest?.Item ?? {}
          if (key?.S === undefined || time?.S === undefined || pack?.B === undefined) continue
          if (PACK_TIME.test(time.S)) put(key.S, time.S, Buffer.from(pack.B, 'base64'))
        }
      }
    },
  }
}

function placeText(time: number, sequence: number): string {
  return `${String(time).padStart(12, '0')}#${String(sequence).padStart(9, '0')}`
}

/** A reader finds a tick in the pack with the latest start at or before the tick. */
function isFound({ starts }: IssuePacks, sequence: number, place: string): boolean {
  return starts.findLast(({ start }) => start <= place)?.sequences.includes(sequence) ?? false
}
