/** A line, the stream and the control table, on which a test starts ingest tasks as processes of their own. */
import type { TestContext } from 'node:test'
import { type Clock, formatSegments, parseClock } from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import { nowMillis, toEpochMillis } from '../../market/units.ts'
import { type Lease, readLease } from '../../tables/control/lease-item.ts'
import { startTables, TABLES } from '../functions/tables.ts'
import { openStream, type Stream } from './ingest-stream.ts'
import { MARKET, openLines } from './line-and-stream.ts'
import { startTask, type TaskProcess, type TaskStart } from './task-process.ts'

/** Tasks write their health here. */
const HEALTH_FILE = '/dev/null'
/** Market seconds in a real second. */
const SPEED = 10

export interface TaskStage {
  readonly stream: Stream
  readonly clock: Clock
  /** Reads the lease of the line. */
  lease(): Promise<Lease | undefined>
  /** Starts a task. It is killed after the test, if it still runs. @param port of the line. Default: where it is. */
  start(port?: number): TaskProcess
  /** Starts a task in another way, with another file for its health. It is killed after the test, if it still runs. */
  startAs(how: TaskStart, healthFile: string): TaskProcess
}

/**
 * Opens a stage, until the test ends.
 * @param line number of the line that the tasks read.
 * @param tableEndpoint where tasks look for the control table. Default: where it is.
 */
export async function openTaskStage(
  t: TestContext,
  line: number,
  tableEndpoint?: string,
): Promise<TaskStage> {
  const start = { real: nowMillis(), market: toEpochMillis(momentOf(MARKET.tradingDate, MARKET.from)) }
  const segments = formatSegments([{ ...start, speed: SPEED }])
  const clock = parseClock(segments)
  const stream = await openStream()
  t.after(() => stream.close())
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const places = {
    stream,
    tables: { endpoint: tableEndpoint ?? tables.endpoint },
    line,
    port: lines.ports[line - 1]!,
    clock: segments,
    healthFile: HEALTH_FILE,
  }
  const tasks: TaskProcess[] = []
  t.after(async () => {
    for (const { child } of tasks) child.kill('SIGKILL')
    await Promise.all(tasks.map(({ ended }) => ended))
  })
  const kept = (task: TaskProcess): TaskProcess => {
    tasks.push(task)
    return task
  }
  return {
    stream,
    clock,
    lease: () =>
      readLease({ client: tables.client, table: TABLES.CONTROL_TABLE }, line, AbortSignal.timeout(5_000)),
    start: (port = places.port) => kept(startTask({ ...places, port })),
    startAs: (how, healthFile) => kept(startTask({ ...places, healthFile }, how)),
  }
}
