/** One drill: a day's envelopes go through the real mapping and the real store-ticks into a table with faults. */

import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KinesisStreamEvent } from 'aws-lambda'
import { createControlTable } from '../../../bench/delayed/delayed-market.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { addTicksTable } from '../../functions/tables.ts'
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { describeSchedule, type PassPlan, type Schedule } from './delivery-schedule.ts'
import { type DrillMarket, openMarket, type Put } from './drill-market.ts'
import { type DrillStream, openDrillStream } from './drill-stream.ts'
import { type Bundle, CONTROL, createMortalFunction, type MortalFunction } from './mortal-function.ts'
import { createPutLog } from './put-log.ts'
import { openGate } from './table-gate.ts'
import { assertStored, watchTable } from './table-reading.ts'

const TABLE = 'ticks'
/** Most records in one put, and the longest time between two puts (ms). */
const MOST_RECORDS = 40
const MOST_PAUSE = 30

export interface Account {
  /** Ticks that were read back in all passes. Each was compared with the exchange. */
  readonly ticks: number
  /** Counts of the faults, and of the ways in which invocations ended. */
  readonly tally: Tally
}

interface DrillState {
  readonly market: DrillMarket
  readonly random: Random
  readonly stream: DrillStream
  /** Invocation records of the batches that were given up. */
  readonly failures: readonly string[]
  readonly target: MortalFunction
  /** The records that have to be given up so far, base64. */
  readonly expectedFailures: string[]
  /** Aborts the first pass. */
  readonly aborting: AbortController
}

/**
 * Runs a drill.
 * @throws Error with the schedule. Its cause is the assertion that failed.
 */
export async function runDrill(schedule: Schedule, bundle: Bundle): Promise<Account> {
  await using cleanup = new AsyncDisposableStack()
  const tally = createTally()
  const puts = createPutLog()
  const logged: string[] = []
  const random = randomOf('store drill', schedule.seed)
  const market = openMarket(schedule.seed, schedule.poisons)
  const failures: string[] = []
  const aborting = new AbortController()
  let target: MortalFunction
  const gate = await openGate({ random, tally, puts, endOf: keyId => target.endOf(keyId) })
  cleanup.use(gate)
  target = createMortalFunction({
    bundle,
    timeout: schedule.timeout,
    endpoint: gate.url,
    table: TABLE,
    tally,
    onInvoked: number => {
      if (number === schedule.breakAt) aborting.abort()
    },
  })
  cleanup.defer(() => target.close())
  const stream = openDrillStream(
    async (_, body) => void failures.push(body),
    text => logged.push(text),
  )
  cleanup.defer(() => stream.close())
  const client = openReader(gate.url)
  const tables = { client, endpoint: gate.url, [Symbol.asyncDispose]: async () => client.destroy() }
  const table = await addTicksTable(cleanup.use(tables), TABLE)
  await createControlTable(client, CONTROL)

  const state: DrillState = { market, random, stream, failures, target, expectedFailures: [], aborting }
  const seen = new Map<string, ReadonlySet<number>>()
  let ticks = 0
  for (const plan of schedule.passes) {
    try {
      gate.startFaults(plan)
      const watch = watchTable(table, market, random, seen)
      await runPass(state, plan).finally(() => gate.settled())
      tally.count('reads of an issue during a pass', await watch.stop())
      assert.deepEqual(puts.hidden, [], 'puts that hid a tick from readers')
      if (plan.pass !== 'broken off') ticks += await assertStored(table, market, random)
    } catch (cause) {
      const again = `npm run drills -- store --seed ${schedule.seed}`
      const log = logged.map(text => `  ${text}\n`).join('')
      const faults = tally.entries().map(([name, times]) => `${name} ${times}`)
      throw new Error(
        `${describeSchedule(schedule)}\n(${again})\n${log}${plan.pass}, after ${faults.join(', ')}`,
        { cause },
      )
    }
    tally.count(plan.pass)
  }
  tally.count('puts of packs', puts.puts)
  for (const kind of schedule.poisons) tally.count(`poison: ${kind}`)
  return { ticks, tally }
}

/** Opens a client whose requests have no faults. */
function openReader(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'reader', secretAccessKey: 'drill' },
    requestHandler: keepAliveHandler(),
  })
}

/** Delivers the day as `plan` says, and checks which records were given up. */
async function runPass(state: DrillState, plan: PassPlan): Promise<void> {
  const { market, random, stream, failures, target, expectedFailures, aborting } = state
  const { puts, poisons } = market
  if (plan.pass === 'broken off') {
    const { signal } = aborting
    await Promise.all([stream.deliver(plan, target, { isOver: false, signal }), putAll(puts, random, stream)])
    expectedFailures.push(...givenUp(failures))
    const poisonData = new Set(poisons.map(base64))
    assert.ok(
      expectedFailures.every(data => poisonData.has(data)),
      'every record that was given up is poison',
    )
    return
  }
  const delivered = plan.pass === 'replayed half' ? puts.slice(Math.floor(puts.length / 2)) : puts
  await stream.deliver(plan, target, { isOver: true, from: delivered[0] })
  expectedFailures.push(...poisons.filter(put => delivered.includes(put)).map(base64))
  assert.deepEqual(givenUp(failures), expectedFailures.toSorted(), 'records that were given up')
}

async function putAll(puts: readonly Put[], random: Random, stream: DrillStream): Promise<void> {
  for (let at = 0; at < puts.length; ) {
    const until = at + 1 + below(random, MOST_RECORDS)
    await stream.put(puts.slice(at, until))
    await wait(below(random, MOST_PAUSE))
    at = until
  }
}

const base64 = ({ bytes }: Put): string => Buffer.from(bytes).toString('base64')

/** Returns the records that were given up, base64. Each must have been given up alone. */
function givenUp(failures: readonly string[]): string[] {
  const records = failures.map(body => {
    const { payload } = JSON.parse(body) as { readonly payload: string }
    const { Records } = JSON.parse(payload) as KinesisStreamEvent
    assert.equal(Records.length, 1, 'records in one batch that was given up')
    return Records[0]!.kinesis.data
  })
  return records.sort()
}
