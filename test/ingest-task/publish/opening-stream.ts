/**
 * One shard as at the opening: three lines have filled it with 1 MB a second until their tasks ended. The read limit of
 * the shard holds, in a time that runs faster than the real one.
 */
import {
  CreateStreamCommand,
  type KinesisClient,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import { FLUSH_MILLISECONDS } from '../../../ingest-task/publish/gather-time.ts'
import { KEY_FRAME_INTERVAL } from '../../../ingest-task/publish/key-frames.ts'
import { createLane, type Lane } from '../../../ingest-task/publish/lane-sender.ts'
import { createRandom, type Random } from '../../../local/exchange/random.ts'
import { ASKS, copyBoard, emptyBoard, F, FIELD_COUNT } from '../../../market/board.ts'
import { laneName, laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { kinesisClient, STREAM } from '../ingest-stream.ts'

export const LINES = [1, 2, 3]
export const LANES = 4
const DATE = asTradingDate(20261120)
const ISSUES_PER_LINE = 40
/** Envelopes a second of a lane: one in some 20 ms. */
const ENVELOPES_PER_SECOND = 58
/** Ticks in an envelope: 1.7 KB, as at the opening, but fewer and larger ticks. */
const TICKS = 3
/** Fields that a tick changes. */
const CHANGES = 15
/** Seconds for which the lines have published. */
const SECONDS = 24
/** Seconds of the limits that pass in a real second. */
const SPEED = 4

export interface Opening {
  readonly client: KinesisClient
  /** Bytes a second that the lines have published. */
  readonly bytesPerSecond: number
  /** Reads that the shard has refused. */
  readonly refused: () => number
  /** Bytes that the shard has returned. */
  readonly bytesRead: () => number
  /** What the last task of each line has published. */
  readonly published: ReadonlyMap<number, { readonly position: number; readonly boards: readonly Tick[] }>
  close(): Promise<void>
}

/** @param endedAgo milliseconds since the tasks ended. */
export async function openOpening(seed: number, endedAgo: number): Promise<Opening> {
  const startedAt = Date.now()
  const kinesis = await startKinesisEndpoint({
    shardLimits: true,
    clock: {
      now: () => startedAt * 1000 + (Date.now() - startedAt) * 1000 * SPEED,
      realMillisecondsUntil: () => 0,
    },
  })
  const client = kinesisClient(kinesis.url)
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  let [refused, bytesRead] = [0, 0]
  client.middlewareStack.add(
    next => async args => {
      try {
        const result = await next(args)
        const { Records = [] } = result.output as { Records?: readonly { readonly Data?: Uint8Array }[] }
        for (const { Data } of Records) bytesRead += Data?.length ?? 0
        return result
      } catch (error) {
        if (error instanceof ProvisionedThroughputExceededException) refused++
        throw error
      }
    },
    { step: 'initialize', name: 'count' },
  )
  const records: Filled[] = []
  const random = createRandom(seed)
  const published = new Map<number, { position: number; boards: readonly Tick[] }>()
  let bytes = 0
  for (const line of LINES) {
    const filled = recordsOf(records, line, random)
    published.set(line, filled)
    bytes += filled.bytes
  }
  const start = Date.now() - endedAgo - SECONDS * 1000
  kinesis.fill(
    STREAM,
    records
      .map(record => ({ ...record, arrivedAt: start + record.arrivedAt }))
      .sort((a, b) => a.arrivedAt - b.arrivedAt),
  )
  return {
    client,
    bytesPerSecond: bytes / SECONDS,
    refused: () => refused,
    bytesRead: () => bytesRead,
    published,
    async close() {
      client.destroy()
      await kinesis.close()
    },
  }
}

interface Filled {
  readonly partitionKey: string
  readonly data: Buffer
  readonly arrivedAt: number
}

/** Adds what a line has published, with the milliseconds from the start to each arrival. */
function recordsOf(records: Filled[], line: number, random: Random) {
  const latest = new Map<string, Tick>()
  let [sequence, bytes, keyFrames] = [0, 0, 0]
  const lanes = Array.from({ length: LANES }, (_, number) =>
    createLane({
      line,
      number,
      epoch: asEpochMillis(Date.now() - SECONDS * 1000),
      follows: undefined,
      read: () => ({ position: sequence, reached: sequence }),
      gather: () => FLUSH_MILLISECONDS,
    }),
  )
  const issues = Array.from({ length: LANES }, (_, number) =>
    Array.from({ length: ISSUES_PER_LINE * LANES }, (_, index) => String(1300 + index)).filter(
      issue => laneOf(issue, LANES) === number,
    ),
  )
  const put = (lane: Lane, number: number, arrivedAt: number): void => {
    for (let data = lane.next(0, true); data !== undefined; data = lane.next(0, true)) {
      lane.published()
      bytes += data.length
      records.push({ partitionKey: laneName(line, number), data: Buffer.from(data), arrivedAt })
    }
  }
  const interval = 1000 / ENVELOPES_PER_SECOND
  for (let at = 0; at < SECONDS * 1000; at += interval) {
    for (const [number, lane] of lanes.entries()) {
      for (let count = 0; count < TICKS; count++) {
        const issue = issues[number]![Math.floor(random() * issues[number]!.length)]!
        const tick = nextTick(latest.get(issue), issue, line, ++sequence, random)
        latest.set(issue, tick)
        lane.add(tick, true)
      }
      put(lane, number, at)
    }
    if (at < ((keyFrames + 1) * KEY_FRAME_INTERVAL) / LANES) continue
    const number = keyFrames++ % LANES
    const boards = [...latest.values()].filter(({ board }) => laneOf(board.issue, LANES) === number)
    lanes[number]!.addBoards(DATE, boards)
    put(lanes[number]!, number, at)
  }
  // Each lane knows the position at its last envelope.
  return { position: sequence - (LANES - 1) * TICKS, boards: [...latest.values()], bytes }
}

function nextTick(
  before: Tick | undefined,
  issue: string,
  line: number,
  sequence: number,
  random: Random,
): Tick {
  const board = before === undefined ? emptyBoard(issue) : copyBoard(before.board)
  board.values[F.updateNumber] = sequence
  for (let count = 0; count < CHANGES; count++) {
    const field = ASKS + Math.floor(random() * (FIELD_COUNT - ASKS))
    board.values[field] = Math.floor(random() * 1e15)
  }
  return { tradingDate: DATE, line, sequence, time: sequence, board }
}
