/** The wait of a new environment for its members. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis } from '../../market/units.ts'
import type { Rooms } from './rooms.ts'

/**
 * A new environment knows no members, so it waits for them longer (ms), as long as rooms are being read. A member that is
 * found later gets whole boards.
 */
const FIRST_READ_MS = 1_000

/**
 * Waits until all rooms are read. Gives up when some are known and no further room was read for `pause` (ms).
 * @param refresh resolves when all rooms are read.
 */
export async function waitForFirstRead(
  { knownRooms }: Pick<Rooms, 'knownRooms'>,
  refresh: Promise<void>,
  pause: Millis,
): Promise<void> {
  const end = performance.now() + FIRST_READ_MS
  let isRead = false
  const reading = refresh.then(() => {
    isRead = true
  })
  for (let known = 0; !isRead && performance.now() < end; ) {
    if (known > 0 && known === knownRooms()) return
    known = knownRooms()
    await Promise.race([reading, sleep(Math.min(pause, end - performance.now()))])
  }
}
