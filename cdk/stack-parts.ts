/** The parts of the stack that other parts refer to. */
import type { Canary } from './alarms/canary.ts'
import type { Broadcast } from './broadcast.ts'
import type { CloseOfDay } from './close-of-day.ts'
import type { ArchiveBucket } from './data/archive-bucket.ts'
import type { Backups } from './data/backups.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { FailedBatches } from './data/failed-batches.ts'
import type { LostEvents } from './data/lost-events.ts'
import type { TicksStream } from './data/ticks-stream.ts'
import type { Edge } from './edge/edge.ts'
import type { MarketHours } from './market-hours.ts'
import type { RealtimeApi } from './realtime-api.ts'
import type { RestApi } from './rest-api.ts'
import type { StoreTicks } from './store-ticks.ts'
import type { SignIn } from './users/sign-in.ts'

/** What keeps data, and outlives a run of a function. */
export interface Stores {
  readonly ticks: TicksStream
  readonly tables: Tables
  readonly backups: Backups | undefined
  readonly failed: FailedBatches
  readonly archive: ArchiveBucket
  readonly lost: LostEvents
}

/** What apps and readers reach. */
export interface Apis {
  readonly tokens: SignIn
  readonly realtime: RealtimeApi
  readonly rest: RestApi
  /** Absent: apps and readers reach the APIs directly. */
  readonly edge: Edge | undefined
}

/** What reads the stream. */
export interface Consumers {
  readonly store: StoreTicks
  readonly broadcast: Broadcast
}

/** What runs by the clock. */
export interface Schedules {
  readonly canary: Canary
  readonly schedule: MarketHours
  readonly closeOfDay: CloseOfDay
}
