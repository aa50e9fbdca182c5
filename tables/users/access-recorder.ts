/** Records the access of users without a wait for those whom this environment has recorded already. */
import { BoundedMap } from '../../lambda/bounded-map.ts'
import { startPatience } from '../../lambda/patience.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { tokyoDate, writeAccess } from './access-records.ts'
import type { AccessWay, UsersTable } from './users-table.ts'

/** Time (ms) that an answer waits for writes at most. DynamoDB usually needs some ten milliseconds. */
const WAIT_MS = 250
/** Users that an environment remembers. A user beyond these is recorded again. */
const MAX_REMEMBERED = 20_000

export interface AccessRecorder {
  /** Starts to record that a user has access now: once a day, so that the last access is right to the day. */
  note(user: string): void
  /**
   * Waits for the writes that are running, for {@link WAIT_MS} at most.
   * @returns users who are not recorded since the last call. Their next access is recorded again.
   */
  settled(): Promise<readonly string[]>
}

export interface AccessRecorderOptions {
  readonly users: UsersTable
  readonly by: AccessWay
  /** Receives the error of a write. */
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
  /** The real time. */
  readonly now?: () => EpochMillis
}

export function createAccessRecorder({
  users,
  by,
  warn,
  now = nowMillis,
}: AccessRecorderOptions): AccessRecorder {
  /** The date of the last record of each user. */
  const recorded = new BoundedMap<string, string>(MAX_REMEMBERED)
  const running = new Map<string, Promise<void>>()

  async function write(user: string, at: EpochMillis): Promise<void> {
    try {
      await writeAccess(users, { user, at, by })
      recorded.set(user, tokyoDate(at))
      running.delete(user)
    } catch (error) {
      warn('access was not recorded', { user, at, error })
    }
  }

  return {
    note(user) {
      const at = now()
      if (recorded.get(user) !== tokyoDate(at)) running.set(user, write(user, at))
    },
    async settled() {
      if (running.size === 0) return []
      const patience = startPatience(WAIT_MS)
      await Promise.race([Promise.all(running.values()), patience.over])
      patience.end()
      const missing = [...running.keys()]
      running.clear()
      return missing
    },
  }
}
