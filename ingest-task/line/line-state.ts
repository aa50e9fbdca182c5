/** The state of a line session: one value, which {@link file://./line-machine.ts} steps from event to event. */
import type { LineState } from '../../market/market-event.ts'
import type { EpochMicros, Millis } from '../../market/units.ts'
import type { ResumePoint } from '../line-seam.ts'
import type { Timing } from './connection.ts'
import type { LoginAnswer } from './control.ts'
import type { FrameType } from './frame.ts'
import type { LineEffect, Moment } from './line-events.ts'
import { createReplay, type Replay } from './replay.ts'
import { createResends, type Resends } from './resends.ts'
import { type Arrival, createSequencer, type Sequencer } from './sequencer.ts'
import { createSnapshots, type Snapshots } from './snapshots.ts'

/** Names of the connections, by their number. */
export const CONNECTION_NAMES = ['A', 'B'] as const

export interface ConnectionState {
  /** Logged in. */
  readonly open: boolean
  /** When the login was accepted, real time, ms; undefined before. */
  readonly openedAt: Millis | undefined
  /** Connections that failed in a row. */
  readonly failures: number
}

/** What is known about unusable frames. */
export interface Reading {
  /** The content that is being delivered: a frame in order, or a part of a snapshot. */
  readonly delivering: Arrival | 'snapshot part' | undefined
  /** Number of the latest unusable frame, and how often in a row it was unusable. */
  readonly badSequence: number
  readonly badReads: number
  /** Unusable parts of snapshots since a usable part, by type: their numbers identify nothing. */
  readonly badParts: Readonly<Partial<Record<FrameType, number>>>
}

/** At the start of a session, whose frame numbers are new. */
export const INITIAL_READING: Reading = {
  delivering: undefined,
  badSequence: 0,
  badReads: 0,
  badParts: {},
}

export interface SessionState {
  readonly timing: Timing
  /** Where to go on; a line of another trading date starts with a snapshot. */
  readonly resume: ResumePoint | undefined
  readonly connections: readonly ConnectionState[]
  /** What the line carries: its trading date, and the session that its frame numbers belong to. */
  readonly carried: LoginAnswer | undefined
  readonly sequencer: Sequencer
  readonly resends: Resends
  readonly snapshots: Snapshots
  readonly reading: Reading
  readonly replay: Replay
  /** The state of the line as reported, and the market time (epoch µs) at which it began. */
  readonly status: { readonly state: LineState; readonly since: EpochMicros }
  /** When the timer `fill` ends, real time, ms; undefined while it does not run. */
  readonly fillAt: Millis | undefined
  /** When answers were last checked, real time, ms. */
  readonly checkedAt: Millis
  readonly paused: boolean
  readonly closing: boolean
  /** Ended connections by kind of reason. */
  readonly errors: Readonly<Record<string, number>>
}

export function createState(
  timing: Timing,
  resume: ResumePoint | undefined,
  { now, market }: Moment,
): SessionState {
  const connections = CONNECTION_NAMES.length
  return {
    timing,
    resume,
    connections: CONNECTION_NAMES.map(() => ({ open: false, openedAt: undefined, failures: 0 })),
    carried: undefined,
    sequencer: createSequencer(connections),
    resends: createResends(connections),
    snapshots: createSnapshots(connections),
    reading: INITIAL_READING,
    replay: createReplay(resume),
    status: { state: 'stale', since: market },
    fillAt: undefined,
    checkedAt: now,
    paused: false,
    closing: false,
    errors: {},
  }
}

/** One step of the machine: its moment, and the effects collected so far. */
export interface Turn extends Moment {
  readonly effects: LineEffect[]
}

/** Returns the numbers of the connections that are logged in. */
export function openConnections({ connections }: SessionState): number[] {
  return [...connections.keys()].filter(connection => connections[connection]!.open)
}
