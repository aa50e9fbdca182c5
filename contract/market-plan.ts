/** The plan of market-hours: what is true of tasks, shards, functions, tables, the canary and alarms at each time of a trading date. */
import * as v from 'valibot'
import { PHASES } from '../market/market-event.ts'

/**
 * The levels, each of which needs at least what the level before it needs. `asleep`: everything is archived. `archiving`: no
 * tasks, but the day is not archived yet. `warm`: the tasks run before and after trading. `awake`: trading. `peak`: the minutes
 * around the start of orders and the opening, with environments of functions kept ready.
 */
export const LEVELS = ['asleep', 'archiving', 'warm', 'awake', 'peak'] as const
export type LevelName = (typeof LEVELS)[number]

/** Functions that are kept ready for the peaks. */
export const READY_FUNCTIONS = ['connect', 'message', 'broadcast', 'push-room'] as const
/** Functions whose concurrency is reserved. */
export const RESERVED_FUNCTIONS = ['connect', 'message', 'broadcast', 'push-room', 'store-ticks'] as const
/** Functions that read the stream by an event source mapping. */
export const READER_FUNCTIONS = ['store-ticks', 'broadcast'] as const
/** Tables with a warm throughput. */
export const WARM_TABLES = ['ticks', 'boards', 'connections'] as const
/** Moments of a trading date that may have a level of their own: orders are accepted, 前場 opens, the close. */
export const PEAK_MOMENTS = ['orders', 'morning', 'close'] as const
export type PeakMoment = (typeof PEAK_MOMENTS)[number]

/** A stream has at most this many shards by default in Tokyo (Kinesis quotas). */
const MAX_SHARDS = 200
/** Concurrent executions of an account by default, less the hundred that Lambda keeps unreserved (PutFunctionConcurrency). */
const MAX_CONCURRENCY = 900
/** Write units a second of a table by default in Tokyo (DynamoDB quotas). */
const MAX_UNITS = 40_000
/** Seconds. The longest batching window that Lambda allows. */
const MAX_WINDOW = 300
const MINUTES_A_DAY = 24 * 60
/** Minutes. A peak is shorter than the time between two of them. */
const MAX_PEAK = 30
/** Minutes after the close. The next trading date warms up 16 hours after the close. */
const MAX_WIND_DOWN = 12 * 60

const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high))

const mappingSchema = v.strictObject({
  enabled: v.boolean(),
  /** Batching window, s. */
  window: whole(0, MAX_WINDOW),
})

const levelSchema = v.pipe(
  v.strictObject({
    /** Tasks of each line. */
    tasks: v.picklist([0, 1, 2]),
    /** Open shards of the stream. */
    shards: whole(1, MAX_SHARDS),
    /** Environments kept ready for each function; 0: none. */
    provisioned: v.strictObject(v.entriesFromList(READY_FUNCTIONS, whole(0, MAX_CONCURRENCY))),
    /** Executions reserved for each function, which are its limit too; 0: none reserved, no limit. */
    reserved: v.strictObject(v.entriesFromList(RESERVED_FUNCTIONS, whole(0, MAX_CONCURRENCY))),
    mappings: v.strictObject(v.entriesFromList(READER_FUNCTIONS, mappingSchema)),
    /** Write units a second that each table takes at once, at least. */
    warm: v.strictObject(v.entriesFromList(WARM_TABLES, whole(0, MAX_UNITS))),
    /** Whether the canary asks the APIs every minute. */
    canary: v.boolean(),
    /** Whether the alarms of trading notify anybody. */
    alarms: v.boolean(),
  }),
  v.check(
    ({ provisioned, reserved }) =>
      READY_FUNCTIONS.every(name => reserved[name] === 0 || reserved[name] >= provisioned[name]),
    'expected at least as much reserved as provisioned concurrency (Lambda refuses anything else)',
  ),
  v.check(
    ({ alarms, canary }) => canary || !alarms,
    'expected the canary on while the alarms of trading notify: CanaryFails takes its silence for a failure',
  ),
)
/** What is true at a level. */
export type Level = v.InferOutput<typeof levelSchema>

/** Minutes. market-hours runs every five minutes, so that a peak starts and ends on time. */
const peakMinutes = v.pipe(whole(0, MAX_PEAK), v.multipleOf(5, 'expected a multiple of five minutes'))

const peakSchema = v.strictObject({
  at: v.picklist(PEAK_MOMENTS),
  /** What is true around the moment. */
  level: v.picklist(['awake', 'peak']),
  /** Minutes before the moment. Lambda needs some minutes to make environments ready. */
  before: peakMinutes,
  /** Minutes after the moment. */
  after: peakMinutes,
})

const planSchema = v.pipe(
  v.strictObject({
    levels: v.strictObject(v.entriesFromList(LEVELS, levelSchema)),
    /** The level of each phase. */
    phases: v.strictObject(v.entriesFromList(PHASES, v.picklist(LEVELS))),
    /** The levels around moments of a trading date. */
    peaks: v.array(peakSchema),
    /** Minutes after the close by which the day is archived. Later, market-hours waits no longer and reports it. */
    windDown: v.strictObject({
      /** The tasks wait for the stage `close` of the archive until then. */
      close: whole(0, MAX_WIND_DOWN),
      /** The level `archiving` waits for the stage `final` until then. */
      final: whole(0, MAX_WIND_DOWN),
    }),
    /** The weekly maintenance window, in minutes of the day in Tokyo. */
    maintenance: v.strictObject({
      /** 0: Sunday. */
      weekday: whole(0, 6),
      from: whole(0, MINUTES_A_DAY),
      until: whole(0, MINUTES_A_DAY),
    }),
  }),
  v.check(
    ({ levels }) =>
      LEVELS.every((name, index) => {
        const before = levels[LEVELS[index - 1] ?? name]
        return levels[name].tasks >= before.tasks && levels[name].shards >= before.shards
      }),
    `expected tasks and shards that grow from level to level: ${LEVELS.join(', ')}`,
  ),
  v.check(
    ({ levels }) => levels.asleep.tasks === 0 && levels.archiving.tasks === 0,
    'expected no tasks at the levels asleep and archiving',
  ),
  v.check(
    ({ windDown }) => windDown.final >= windDown.close,
    'expected windDown.final at or after windDown.close',
  ),
  v.check(
    ({ maintenance }) => maintenance.from <= maintenance.until,
    'expected a maintenance window that ends after it starts, on one day',
  ),
)
export type MarketPlan = v.InferOutput<typeof planSchema>

/** What {@link planText} wrote: each level has only the members that differ from the level before it. */
const textSchema = v.looseObject({ levels: v.strictObject(v.entriesFromList(LEVELS, v.looseObject({}))) })

/**
 * A {@link MarketPlan} as {@link planText} writes it. The environment of a function has 4 KB for all of its variables (Lambda
 * quotas), so the text is short.
 */
export const marketPlan = v.pipe(
  v.string('expected JSON with a plan, got none'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return JSON.parse(dataset.value) as unknown
    } catch (error) {
      addIssue({ message: `expected JSON with a plan, got other text: ${error}` })
      return NEVER
    }
  }),
  textSchema,
  v.transform(({ levels, ...rest }) => {
    let level = {}
    const whole = LEVELS.map(name => {
      level = { ...level, ...levels[name] }
      return [name, level]
    })
    return { ...rest, levels: Object.fromEntries(whole) }
  }),
  planSchema,
)

/** Returns a plan as text for the environment of market-hours. */
export function planText({ levels, ...rest }: MarketPlan): string {
  const differences = LEVELS.map((name, index) => {
    const before: Partial<Level> = index === 0 ? {} : levels[LEVELS[index - 1] ?? name]
    const isNew = ([member, value]: [string, unknown]): boolean =>
      JSON.stringify(value) !== JSON.stringify(before[member as keyof Level])
    return [name, Object.fromEntries(Object.entries(levels[name]).filter(isNew))]
  })
  return JSON.stringify({ ...rest, levels: Object.fromEntries(differences) })
}

/** Returns whether a level is another one or a higher one. */
export function isAtLeast(level: LevelName, other: LevelName): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(other)
}
