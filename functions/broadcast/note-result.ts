/** Notes what became of the posts of a push. */
import { nowMillis } from '../../market/units.ts'
import type { PushResult } from '../../posts/push.ts'
import type { GoneMarker } from './gone-marker.ts'
import {
  mayBeConnecting,
  noteFailed,
  noteGone,
  noteServed,
  noteThrottled,
  noteTooEarly,
} from './post-outcome.ts'
import type { PlannedPost } from './post-plan.ts'

/**
 * Failures in a row after which a further one lets a connection be looked up. With its rests this is seven seconds after the
 * first. $disconnect marks nearly every connection before: a look-up for each of thousands of connections that end at once would
 * do its work a second time.
 */
const LOOK_UP_AFTER = 3

export interface Notes {
  readonly marker: Pick<GoneMarker, 'add'>
}

/** @param result undefined if the push failed as a whole: nothing is known of its posts, and no connection caused it. */
export function noteResult(
  { marker }: Notes,
  { member, content }: PlannedPost,
  result: PushResult | undefined,
): void {
  const { connection } = member
  const now = nowMillis()
  member.inFlight = false
  if (result === undefined || result.throttled.includes(connection)) noteThrottled(member, now)
  else if (result.failed.includes(connection)) noteFailed(member, now)
  else if (!result.gone.includes(connection)) noteServed(member, content)
  else if (mayBeConnecting(member, now)) noteTooEarly(member, now)
  else {
    // $disconnect marks nearly every connection that ends. Its member then goes with the next read of the room.
    if (member.failures >= LOOK_UP_AFTER) marker.add(member.room, connection)
    noteGone(member, now)
  }
}
