/** The hold: a person's decision that the market counts as open or as closed until a time, whatever the calendar says. */
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { deleteItem, getItem, putItem, type Table } from '../dynamodb.ts'
import { HOLD_ID } from './control-keys.ts'

export const HOLD_MODES = ['open', 'closed'] as const
export type HoldMode = (typeof HOLD_MODES)[number]

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface HoldItem {
  readonly id: typeof HOLD_ID
  readonly mode: HoldMode
  /** Market time: ISO 8601 with the Tokyo offset. */
  readonly until: string
  readonly reason: string
}

export type HoldTable = Table<HoldItem>

/** A hold. It ends at `until`, although its item stays. */
export interface Hold {
  readonly mode: HoldMode
  readonly until: EpochMicros
  readonly reason: string
}

/** Returns the hold, which may have ended; undefined if there is none. @throws RangeError if the item is no hold. */
export async function readHold(control: HoldTable): Promise<Hold | undefined> {
  const item = await getItem<HoldItem>(control, { id: HOLD_ID })
  if (item === undefined) return undefined
  const { mode, until, reason } = item
  const moment = momentFromIso(until)
  if (!HOLD_MODES.includes(mode) || moment === undefined) {
    throw new RangeError(
      `item ${HOLD_ID}: expected a mode of ${HOLD_MODES.join(', ')} and an ISO time, got ${mode} until ${until}`,
    )
  }
  return { mode, until: moment, reason }
}

/** Replaces the hold. */
export async function writeHold(control: HoldTable, { mode, until, reason }: Hold): Promise<void> {
  await putItem<HoldItem>(control, { id: HOLD_ID, mode, until: momentToIso(until), reason })
}

/** Ends the hold. */
export async function releaseHold(control: HoldTable): Promise<void> {
  await deleteItem(control, { id: HOLD_ID })
}
