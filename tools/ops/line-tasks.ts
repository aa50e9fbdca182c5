/** Which task of each line publishes, and which stands by. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { Millis } from '../../market/units.ts'
import { type Lease, readLease } from '../../tables/control/lease-item.ts'
import { readStandby, type Standby } from '../../tables/control/standby-item.ts'
import type { Table } from '../../tables/dynamodb.ts'

/** A holder renews its lease four times in this time, and a standby writes twice (ingest-task/lease). */
export const WATCH_MS: Millis = 1_200
/** A table that does not answer in this time does not work (ms). */
const READ_LIMIT_MS = 3_000

/** The table did not answer in time. It is away, or this machine is busy. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'

  constructor(cause: unknown) {
    super(`expected the leases of the lines within ${READ_LIMIT_MS / 1_000} s, got no answer`, { cause })
  }
}

/** The table `control`, whatever the items. */
export type ControlTable = Omit<Table, 'itemType'>

/** A task as its item shows it. */
export interface TaskSign {
  readonly task: string
  /** Whether the task has written its item while it was watched. */
  readonly alive: boolean
}

export interface LineTasks {
  readonly line: number
  /** Absent if no task ever held the lease, or if its holder has released it. */
  readonly holder?: TaskSign
  /** Absent if no task ever stood by, or if the last one is the holder now. */
  readonly standby?: TaskSign & { readonly ready: boolean }
}

/** The items of a line. */
export interface LineItems {
  readonly lease: Lease | undefined
  readonly standby: Standby | undefined
}

/** Reads the items of all lines twice, and compares their beats. The clocks of tasks play no part. */
export async function readLineTasks(control: ControlTable): Promise<LineTasks[]> {
  const before = await readLineItems(control)
  await sleep(WATCH_MS)
  const after = await readLineItems(control)
  return LINE_NUMBERS.map((line, index) => lineTasks(line, before[index]!, after[index]!))
}

/** Reads the items of all lines, line 1 first. @throws NoAnswerError if the table does not answer in {@link READ_LIMIT_MS}. */
export async function readLineItems(control: ControlTable): Promise<LineItems[]> {
  const limit = AbortSignal.timeout(READ_LIMIT_MS)
  const readLine = async (line: number): Promise<LineItems> => {
    const [lease, standby] = await Promise.all([
      readLease(control, line, limit),
      readStandby(control, line, limit),
    ])
    return { lease, standby }
  }
  try {
    return await Promise.all(LINE_NUMBERS.map(readLine))
  } catch (error) {
    throw limit.aborted ? new NoAnswerError(error) : error
  }
}

/** Compares two readings of the items of a line. */
export function lineTasks(line: number, before: LineItems, { lease, standby }: LineItems): LineTasks {
  const holder =
    lease === undefined || lease.released
      ? undefined
      : {
          task: lease.task,
          alive: lease.epoch !== before.lease?.epoch || lease.beat !== before.lease.beat,
        }
  const isOther = standby !== undefined && standby.task !== lease?.task
  return {
    line,
    ...(holder === undefined ? {} : { holder }),
    ...(isOther
      ? {
          standby: {
            task: standby.task,
            alive: standby.task !== before.standby?.task || standby.beat !== before.standby.beat,
            ready: standby.ready,
          },
        }
      : {}),
  }
}
