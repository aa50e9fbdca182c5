/** The local system as a whole: memory and CPU time of `npm start` with one page, with many clients, and after them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_PACE_MS } from '../market/protocol.ts'
import { figure } from '../tools/table.ts'
import type { Benchmark } from './benchmark.ts'
import { runCrowd } from './local/run-crowd.ts'
import { type Started, startByNpm } from './local/started.ts'

/** Time with one page before memory is measured, and the time in which growth is measured. */
const WARM_SECONDS = 60
const GROWTH_MINUTES = 3
const CLIENTS = 200
const ISSUES_PER_CLIENT = 20
const CROWD_SECONDS = 30
const CROWD = {
  clients: CLIENTS,
  issuesPerClient: ISSUES_PER_CLIENT,
  pace: DEFAULT_PACE_MS,
  measureSeconds: CROWD_SECONDS,
}
/** Time after the clients have left before memory is measured. */
const AFTER_SECONDS = 60
/** Memory is the mean of readings over this time: it moves with each garbage collection. */
const READING_SECONDS = 10

export const local: Benchmark = {
  name: 'local',
  about: `memory of npm start with one page and with ${CLIENTS} clients, and tick to client; some minutes`,
  async run() {
    await using started = await startByNpm()
    const { readySeconds } = started
    await sleep(WARM_SECONDS * 1000)
    const idle = await read(started)
    await sleep(GROWTH_MINUTES * 60_000)
    const later = await read(started)
    const growth = (later.memoryMiB - idle.memoryMiB) / (later.atMinutes - idle.atMinutes)
    const crowd = await runCrowd(started, CROWD, () => read(started, CROWD_SECONDS - 2))
    await sleep(AFTER_SECONDS * 1000)
    const after = await read(started)

    const mebibytes = (value: number): string => `${figure(value)} MiB`
    return {
      table: [
        [`npm start, ${idle.processes} processes`, ''],
        ['ready, with the first board at the page', `${figure(readySeconds, 1)} s`],
        [`memory with one page after ${WARM_SECONDS} s`, mebibytes(idle.memoryMiB)],
        [`growth over ${GROWTH_MINUTES} minutes`, `${figure(growth, 1)} MiB/min`],
        ['CPU with one page', `${figure(later.cores * 100)}%`],
        [`memory with ${CLIENTS} clients`, mebibytes(crowd.during.memoryMiB)],
        [`CPU with ${CLIENTS} clients`, `${figure(crowd.during.cores * 100)}%`],
        ['tick to client beyond the pace, p50', `${figure(crowd.beyondPaceP50)} ms`],
        ['tick to client beyond the pace, p99', `${figure(crowd.beyondPaceP99)} ms`],
        [`memory ${AFTER_SECONDS} s after they left`, mebibytes(after.memoryMiB)],
      ],
      notes: [
        'Memory is the sum of the resident sizes of all processes, npm among them. 100% CPU is one core.',
        `${CLIENTS} clients of ${ISSUES_PER_CLIENT} issues in one process received ${figure(crowd.updates / CROWD_SECONDS)} updates a second.`,
        'It has no baseline: the goals are in docs/performance.md.',
      ],
      figures: {
        readySeconds,
        memoryMiB: idle.memoryMiB,
        growthMiBPerMinute: growth,
        cpuCores: later.cores,
        p50Ms: crowd.beyondPaceP50,
        p99Ms: crowd.beyondPaceP99,
        clientsMemoryMiB: crowd.during.memoryMiB,
        clientsCpuCores: crowd.during.cores,
        memoryAfterClientsMiB: after.memoryMiB,
      },
    }
  },
}

interface Reading {
  readonly processes: number
  readonly memoryMiB: number
  /** CPU time for each second. */
  readonly cores: number
  /** Middle of the reading, minutes of the process's clock. */
  readonly atMinutes: number
}

/** Reads memory once a second for a while. */
async function read({ usage }: Started, seconds = READING_SECONDS): Promise<Reading> {
  const start = performance.now()
  const first = await usage()
  let last = first
  let sum = 0
  for (let second = 0; second < seconds; second++) {
    await sleep(1000)
    last = await usage()
    sum += last.memoryMiB
  }
  const end = performance.now()
  return {
    processes: last.processes,
    memoryMiB: sum / seconds,
    cores: (last.cpuSeconds - first.cpuSeconds) / ((end - start) / 1000),
    atMinutes: (start + end) / 2 / 60_000,
  }
}
