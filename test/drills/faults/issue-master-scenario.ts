/**
 * Scenario: the issue masters of the three lines do not reach the table. Of one line a part is lost, of another the whole
 * invocation, and of the third everything until its task has been replaced.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { readPublished } from '../../../ingest-task/publish/recover.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { below, createRandom } from '../../../local/exchange/random.ts'
import { startLines } from '../../../local/line/line-server.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { createMaster } from '../../../tables/boards/master-list.ts'
import { startTables, TABLES } from '../../functions/tables.ts'
import { openStream, STREAM, type Stream } from '../../ingest-task/ingest-stream.ts'
import {
  HOST,
  LANES,
  MARKET,
  marketClock,
  PASSWORD,
  runIngest,
  USER,
} from '../../ingest-task/line-and-stream.ts'
import { startBroadcast } from './broadcast-trial.ts'
import type { Outcome, Scenario } from './scenario.ts'

/** Enough for two parts a line. */
const ISSUES = 1_200
/** A shard answers five reads a second (Kinesis quotas). */
const READ_EVERY_MS = 400
const HEALED_WITHIN_MS = 60_000
/** How many repetitions of the second part are lost of the line that loses parts. */
const LOST_PARTS = 1

export const issueMasterLost: Scenario = {
  name: 'issue-master-lost',
  fault: 'the issue masters are lost: a part, an invocation, and all until a task is replaced',
  run: runLosses,
}

async function runLosses(seed: number): Promise<Outcome> {
  const random = createRandom(seed)
  const [partLine, invocationLine, taskLine] = shuffled([1, 2, 3], random)
  await using tables = await startTables()
  await using broadcast = await startBroadcast(tables.client, tables.client)
  await using resources = new AsyncDisposableStack()
  const stream = resources.adopt(await openStream(), opened => opened.close())
  const clock = marketClock()
  const exchange = openExchange({ ...MARKET, seed, issues: ISSUES })
  const lines = resources.adopt(
    await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], user: USER, password: PASSWORD }),
    started => started.close(),
  )
  const tasks = lines.ports.map((port, index) => runIngest(stream, clock, index + 1, port))
  await Promise.all(tasks.map(task => task.logged('line is live')))

  const lost = { part: 0, invocation: 0, task: 0 }
  let firstEpoch: number | undefined
  const isLost = (bytes: Uint8Array): boolean => {
    const envelope = decodeEnvelope(bytes)
    const part =
      envelope.kind === 'events' ? envelope.events.find(({ type }) => type === 'issues') : undefined
    if (part?.type !== 'issues') return false
    if (part.line === partLine) return part.part === 1 && lost.part++ < LOST_PARTS
    if (part.line === invocationLine) return lost.invocation++ < part.parts
    firstEpoch ??= envelope.epoch
    return part.line === taskLine && envelope.epoch === firstEpoch && ++lost.task > 0
  }
  const reader = await openReader(stream.client)
  const deliver = async (): Promise<void> => {
    const records = (await reader()).filter(bytes => !isLost(bytes))
    broadcast.put(records.map(bytes => Buffer.from(bytes).toString('base64')))
  }
  await deliver()
  const start = performance.now()
  await tasks[taskLine - 1]!.close()
  const successor = await replaceTask(stream, taskLine, lines.ports[taskLine - 1]!)
  resources.defer(() => successor.close())
  for (const line of [partLine, invocationLine]) resources.defer(() => tasks[line - 1]!.close())

  const master = createMaster({ client: tables.client, table: TABLES.BOARDS_TABLE })
  const whole = new Set(exchange.issues.map(({ code }) => code))
  const perLine = ISSUES / 3
  let half = 0
  let healed: number | undefined
  while (performance.now() - start < HEALED_WITHIN_MS) {
    await deliver()
    await sleep(READ_EVERY_MS)
    const list = await master.read()
    // Each line has a third of the issues, give or take what the exchange assigns by code.
    if (list.length !== new Set(list.map(({ code }) => code)).size) half++
    if (list.length > 0 && list.length < perLine / 2) half++
    if (list.length === whole.size && list.every(({ code }) => whole.has(code))) {
      healed = performance.now() - start
      break
    }
  }
  if (lost.part === 0 || lost.invocation === 0 || lost.task === 0) {
    throw new Error(`expected losses on all lines, got ${JSON.stringify(lost)}`)
  }
  return {
    wrong: half,
    lost: healed === undefined ? 1 : 0,
    starved: 0,
    measured: `all ${whole.size} issues listed after ${((healed ?? Number.NaN) / 1_000).toFixed(1)} s`,
  }

  async function replaceTask(stream: Stream, line: number, port: number) {
    const warnings: string[] = []
    const published = await readPublished({
      client: stream.client,
      streamName: STREAM,
      line,
      lanes: LANES,
      warn: reason => warnings.push(reason),
    })
    if (published === undefined) throw new Error(`expected a task that resumes, got ${warnings.join()}`)
    return runIngest(stream, clock, line, port, { published })
  }
}

/** Returns a function that returns the records since its last call. */
async function openReader(client: KinesisClient): Promise<() => Promise<Uint8Array[]>> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: STREAM }))
  const iterators = await Promise.all(
    Shards.map(async ({ ShardId }) => {
      const command = new GetShardIteratorCommand({
        StreamName: STREAM,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      })
      return (await client.send(command)).ShardIterator
    }),
  )
  return async () => {
    const records: Uint8Array[] = []
    for (const [index, ShardIterator] of iterators.entries()) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator }))
      iterators[index] = answer.NextShardIterator
      records.push(...(answer.Records ?? []).map(({ Data }) => Data!))
    }
    return records
  }
}

function shuffled(lines: readonly number[], random: () => number): [number, number, number] {
  const rest = [...lines]
  const take = (): number => rest.splice(below(random, rest.length), 1)[0]!
  return [take(), take(), take()]
}
