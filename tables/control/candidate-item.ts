/**
 * The candidate of a line: a task that has proved that it works, but does not have everything after the place in the lease. A
 * holder that cannot publish, and has no ready standby, hands over to it.
 */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import type { Table } from '../dynamodb.ts'
import { candidateId } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface CandidateItem {
  /** Partition key: `candidate#` and the line. */
  readonly id: string
  /** Id of the task. */
  readonly task: string
  /** Grows with each write of the task. */
  readonly beat: number
  /** When the item was written, by the clock of the task, epoch ms. For people: no task judges by it. */
  readonly at: EpochMillis
}

export type CandidateTable = Table<CandidateItem>

/** What a candidate writes. */
export type Candidate = Pick<CandidateItem, 'task' | 'beat'>

/** Returns the candidate of a line, read consistently; undefined if there never was one. */
export async function readCandidate(
  { client, table }: CandidateTable,
  line: number,
  abortSignal: AbortSignal,
): Promise<Candidate | undefined> {
  const get = new GetCommand({ TableName: table, Key: { id: candidateId(line) }, ConsistentRead: true })
  return (await client.send(get, { abortSignal })).Item as CandidateItem | undefined
}

/** Writes that a task is a candidate. Of several candidates the latest stays. */
export async function writeCandidate(
  { client, table }: CandidateTable,
  line: number,
  candidate: Candidate,
  abortSignal: AbortSignal,
): Promise<void> {
  const item: CandidateItem = { id: candidateId(line), ...candidate, at: nowMillis() }
  await client.send(new PutCommand({ TableName: table, Item: item }), { abortSignal })
}
