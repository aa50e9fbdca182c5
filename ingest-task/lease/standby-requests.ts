/** The requests about the tasks of a line that do not hold its lease. */

import { readCandidate, writeCandidate } from '../../tables/control/candidate-item.ts'
import { readStandby, writeStandby } from '../../tables/control/standby-item.ts'
import type { Table } from '../../tables/dynamodb.ts'
import { type LeaseEffect, type LeaseEvent, REQUEST_LIMIT_MS } from './lease-state.ts'
import { within } from './within.ts'

export type StandbyEffect = Extract<
  LeaseEffect,
  { kind: 'write-standby' | 'write-candidate' | 'read-standby' }
>

export interface StandbyRequest {
  readonly control: Pick<Table, 'client' | 'table'>
  readonly line: number
  /** Id of this task. */
  readonly task: string
  /** How far this task has read the line. */
  readonly position: number
}

/** Sends the request of an effect. Returns what the state machine learns from it; after an error it learns nothing. */
export async function askStandby(request: StandbyRequest, effect: StandbyEffect): Promise<LeaseEvent> {
  try {
    return await within(REQUEST_LIMIT_MS, signal => send(request, effect, signal))
  } catch {
    return { kind: 'standby-asked', standby: undefined, candidate: undefined }
  }
}

async function send(
  { control, line, task, position }: StandbyRequest,
  effect: StandbyEffect,
  signal: AbortSignal,
): Promise<LeaseEvent> {
  if (effect.kind === 'read-standby') {
    const [standby, candidate] = await Promise.all([
      readStandby(control, line, signal),
      effect.withCandidate ? readCandidate(control, line, signal) : undefined,
    ])
    return { kind: 'standby-asked', standby, candidate }
  }
  const { beat } = effect
  if (effect.kind === 'write-standby') {
    await writeStandby(control, line, { task, beat, ready: effect.ready, position }, signal)
  } else {
    await writeCandidate(control, line, { task, beat }, signal)
  }
  return { kind: 'standby-asked', standby: undefined, candidate: undefined }
}
