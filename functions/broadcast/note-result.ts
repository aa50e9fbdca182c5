/** Notes what became of a member of a push. */
import type { PushResult } from '../../posts/push.ts'
import { type Held, holdAgain } from './deliveries.ts'
import type { GoneMarker } from './gone-marker.ts'
import {
  type Members,
  mayBeConnecting,
  noteFailed,
  noteServed,
  noteThrottled,
  noteTooEarly,
  removeMember,
} from './members.ts'
import type { PlannedMember } from './pushes.ts'

export interface Notes {
  readonly members: Members
  readonly marker: Pick<GoneMarker, 'add'>
  readonly held: Held
}

/** @param result undefined if the push failed as a whole. */
export function noteResult(
  { members, marker, held }: Notes,
  planned: PlannedMember,
  result: PushResult | undefined,
): void {
  const { member, texts } = planned
  const { connection } = member
  if (result?.gone.includes(connection)) {
    if (mayBeConnecting(member)) noteTooEarly(member, texts.keys())
    else {
      removeMember(members, member)
      marker.add(member.room, connection)
    }
  } else if (result?.throttled.includes(connection)) {
    noteThrottled(member)
    holdAgain(held, planned)
  } else if (result === undefined || result.failed.includes(connection)) noteFailed(member, texts.keys())
  else noteServed(member)
}
