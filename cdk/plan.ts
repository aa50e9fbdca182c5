/**
 * The plan of market-hours for this deployment: what is true at each level, and when each level holds. docs/operations.md shows it
 * as a table. The figures come from docs/performance.md and from the rates of sizing.ts.
 */
import type { Level, LevelName, MarketPlan } from '../contract/market-plan.ts'
import {
  CONNECTION_WRITE_UNITS,
  SHARDS_ASLEEP,
  SHARDS_AWAKE,
  STORE_WINDOW_SECONDS,
  type TasksALine,
} from './sizing.ts'

/**
 * Write units a second that a new on-demand table takes, and so what it has anyway (DynamoDB developer guide, warm throughput).
 * store-ticks writes 30,000 ticks/s × 0.0129 = 390 units, broadcast 42 units for boards (docs/performance.md).
 */
const NEW_TABLE_UNITS = 4_000

/**
 * Environments that a peak needs. Apps connect again at up to 500 a second (API Gateway quotas), and connect and message take
 * 50 ms each: 25 at a time, and with it 30 of the 600 messages a second (MESSAGE_RATE). 8,000 posts a second are 32 pushes of 250
 * posts, at most 200 ms each: 6.4 at a time.
 */
const NEEDED = { connect: 25, message: 30 } as const
/**
 * Environments that are ready at a peak: a fifth of what the peak needs. They serve the first apps while Lambda starts the others,
 * which takes half a second. All of them would cost $11 a month instead of $2 (docs/cost.md).
 */
const READY = { connect: 5, message: 6, 'push-room': 2 } as const

/**
 * Executions reserved in trading hours: twice what a peak needs, so that a burst is not refused, and nothing else of the account
 * takes them. broadcast runs once a shard, and twice while shards change; store-ticks ten times a shard (cdk/store-ticks.ts).
 * push-room needs 40 at most: a round of 0.1 s starts up to 4 pushes, which take up to a second when API Gateway is slow.
 */
const RESERVED = {
  connect: 2 * NEEDED.connect,
  message: 2 * NEEDED.message,
  broadcast: 4 * SHARDS_AWAKE,
  'push-room': 40,
  'store-ticks': 2 * 10 * SHARDS_AWAKE,
} as const

/**
 * What every level has. A mapping costs nothing while no records come (Lambda pricing), and takes up to a minute to start: so
 * mappings stay enabled. market-hours enables one again that somebody has disabled. Warm throughput never falls, so it is the same
 * at all levels.
 */
const ALWAYS = {
  mappings: {
    'store-ticks': { enabled: true, window: STORE_WINDOW_SECONDS },
    broadcast: { enabled: true, window: 0 },
  },
  warm: { ticks: NEW_TABLE_UNITS, boards: NEW_TABLE_UNITS, connections: CONNECTION_WRITE_UNITS },
} as const satisfies Partial<Level>

/** Tasks of each line, unless the stage has one ({@link planOf}). */
const TASKS: TasksALine = 2

const NONE_READY = { connect: 0, message: 0, broadcast: 0, 'push-room': 0 } as const
const NONE_RESERVED = { ...NONE_READY, 'store-ticks': 0 } as const

const asleep: Level = {
  ...ALWAYS,
  tasks: 0,
  shards: SHARDS_ASLEEP,
  provisioned: NONE_READY,
  reserved: NONE_RESERVED,
  canary: false,
  alarms: false,
}
/** The shards stay until everything in them is archived. */
const archiving: Level = { ...asleep, shards: SHARDS_AWAKE }
/**
 * The environment of broadcast has the memory of the last seconds. It is provisioned from before the first tick until after the
 * last one, and not only at peaks: a change would move the batches to another environment in the middle of trading. The canary
 * is on from the start of the tasks on: when the alarms go on with the level awake, CanaryFails already has its data.
 */
const warm: Level = {
  ...archiving,
  tasks: TASKS,
  provisioned: { ...NONE_READY, broadcast: SHARDS_AWAKE },
  reserved: RESERVED,
  canary: true,
}
const awake: Level = { ...warm, alarms: true }
const peak: Level = { ...awake, provisioned: { ...READY, broadcast: SHARDS_AWAKE } }

/** All times are minutes. Lambda makes the environments of a peak ready within minutes; ten are left, and fifteen before 9:00. */
export const PLAN: MarketPlan = {
  levels: { asleep, archiving, warm, awake, peak },
  phases: {
    closed: 'asleep',
    // Half an hour: a task starts in a minute, reads the tail of the stream (20 s) and a snapshot of its line. The lengths of warm-up and
    // wind-down are no choice of the plan: they are phases that apps see (market/phase.ts), and the archive of the day waits for their end.
    'warm-up': 'warm',
    'order-acceptance': 'awake',
    morning: 'awake',
    lunch: 'awake',
    afternoon: 'awake',
    closing: 'awake',
    'wind-down': 'warm',
  },
  // Before both, the functions have not run for hours. By 11:30, 12:30 and 15:30 the orders of the session have kept push-room at
  // work, and apps stay connected or come one by one: environments that are ready would wait (docs/cost.md).
  peaks: [
    { at: 'orders', level: 'peak', before: 10, after: 10 },
    // By far the largest: apps come before the opening, and the rate of ticks falls to a tenth within minutes.
    { at: 'morning', level: 'peak', before: 15, after: 15 },
    // The alarms of trading need minutes to start. They still notify of what fails in the closing auction.
    { at: 'close', level: 'awake', before: 0, after: 5 },
  ],
  // close-of-day has the stage `close` 15 minutes after the close, and is overdue after 45. The wind-down takes 60 minutes
  // at least, and the stage `final` follows it within 15 minutes. The rest of the evening is room for repairs.
  windDown: { close: 120, final: 300 },
  // Sunday 20:00 to 24:00: the time for deployments and changes by hand, which market-hours would undo at another time.
  maintenance: { weekday: 0, from: 20 * 60, until: 24 * 60 },
}

/** Returns the plan of a deployment whose lines have so many tasks in trading hours. */
export function planOf(tasksALine: TasksALine): MarketPlan {
  const levels = Object.entries(PLAN.levels).map(([name, level]): [string, Level] => [
    name,
    { ...level, tasks: level.tasks === 0 ? 0 : tasksALine },
  ])
  return { ...PLAN, levels: Object.fromEntries(levels) as Record<LevelName, Level> }
}
