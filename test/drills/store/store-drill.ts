/** One drill: a day's envelopes through the real mapping and the real store-ticks into a table that fails. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KinesisStreamEvent } from 'aws-lambda'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { addTicksTable } from '../../functions/tables.ts'
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { describeSchedule, type PassPlan, type Schedule } from './delivery-schedule.ts'
import { type DrillMarket, openMarket, type Put } from './drill-market.ts'
import { type DrillStream, openDrillStream } from './drill-stream.ts'
import { type Bundle, createMortalFunction, type MortalFunction } from './mortal-function.ts'
import { openGate } from './table-gate.ts'
import { assertStored } from './table-reading.ts'

const TABLE = 'ticks'
/** Records of one put, and the most time (ms) between two. */
const MOST_RECORDS = 40
const MOST_PAUSE = 30

export interface Account {
  /** Ticks that were read back, each held against the exchange, in all passes. */
  readonly ticks: number
  /** What struck, and how invocations ended. */
  readonly tally: Tally
}

interface World {
  readonly market: DrillMarket
  readonly random: Random
  readonly stream: DrillStream
  /** Invocation records of the batches that were given up. */
  readonly failures: readonly string[]
  readonly target: MortalFunction
  /** What has to be given up by now, base64. */
  readonly given: string[]
  /** Breaks the first pass off. */
  readonly breaking: AbortController
}

/** @throws Error with the schedule, caused by what did not hold. */
export async function runDrill(schedule: Schedule, bundle: Bundle): Promise<Account> {
  await using cleanup = new AsyncDisposableStack()
  const tally = createTally()
  const logged: string[] = []
  const random = randomOf('store drill', schedule.seed)
  const market = openMarket(schedule.seed, schedule.poisons)
  const failures: string[] = []
  const breaking = new AbortController()
  let target: MortalFunction
  const gate = await openGate({ random, tally, endOf: keyId => target.endOf(keyId) })
  cleanup.use(gate)
  target = createMortalFunction({
    bundle,
    timeout: schedule.timeout,
    endpoint: gate.url,
    table: TABLE,
    tally,
    onInvoked: number => {
      if (number === schedule.breakAt) breaking.abort()
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

  const world: World = { market, random, stream, failures, target, given: [], breaking }
  let ticks = 0
  for (const plan of schedule.passes) {
    try {
      gate.suffer(plan.episodes)
      await pass(world, plan)
      await gate.settled()
      if (plan.pass !== 'broken off') ticks += await assertStored(table, market, random)
    } catch (cause) {
      const again = `npm run drills -- store --seed ${schedule.seed}`
      const told = logged.map(text => `  ${text}\n`).join('')
      const struck = tally.entries().map(([name, times]) => `${name} ${times}`)
      throw new Error(
        `${describeSchedule(schedule)}\n(${again})\n${told}${plan.pass}, after ${struck.join(', ')}`,
        { cause },
      )
    }
    tally.count(plan.pass)
  }
  for (const kind of schedule.poisons) tally.count(`poison: ${kind}`)
  return { ticks, tally }
}

/** A reader that nothing happens to. */
function openReader(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'reader', secretAccessKey: 'drill' },
    requestHandler: keepAliveHandler(),
  })
}

/** Brings the day to the table, as `plan` says, and looks at what was given up. */
async function pass(world: World, plan: PassPlan): Promise<void> {
  const { market, random, stream, failures, target, given, breaking } = world
  const { puts, poisons } = market
  if (plan.pass === 'broken off') {
    const { signal } = breaking
    await Promise.all([stream.bring(plan, target, { isOver: false, signal }), putAll(puts, random, stream)])
    given.push(...givenUp(failures))
    const known = new Set(poisons.map(base64))
    assert.ok(
      given.every(data => known.has(data)),
      'only poison was given up',
    )
    return
  }
  const brought = plan.pass === 'replayed half' ? puts.slice(Math.floor(puts.length / 2)) : puts
  await stream.bring(plan, target, { isOver: true, from: brought[0] })
  given.push(...poisons.filter(put => brought.includes(put)).map(base64))
  assert.deepEqual(givenUp(failures), given.toSorted(), 'what was given up')
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
    assert.equal(Records.length, 1, 'records that were given up at once')
    return Records[0]!.kinesis.data
  })
  return records.sort()
}
