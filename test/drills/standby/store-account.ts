/** Stores a stream as store-ticks does, in random batches, and checks what readers of the table get. */
import { startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { boardsEqual } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { addTicksTable } from '../../functions/tables.ts'
import { type Findings, note } from './findings.ts'
import { TRADING_DATE } from './opening-record.ts'
import type { StreamEntry } from './watched-stream.ts'

/** Most records of a batch: a minute of a lane has more, so a replaced task is often in the middle of a batch. */
const MOST_RECORDS = 400
const KEEP_DAYS = 31
/** The table of the drill has no limit. */
const UNITS_PER_LANE = 1_000_000
const BATCH_LIMIT_MS = 60_000

export async function checkStored(
  entries: readonly StreamEntry[],
  truth: readonly Tick[],
  found: Findings,
  random: Random,
): Promise<void> {
  const endpoint = await startDynamoEndpoint()
  const client = createDynamoDB({
    endpoint: endpoint.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'drill', secretAccessKey: 'drill' },
  })
  const tables = { client, endpoint: endpoint.url, [Symbol.asyncDispose]: endpoint.close }
  try {
    const table = await addTicksTable(tables, 'ticks')
    await store(table, entries, random)
    for (const [issue, ticks] of Map.groupBy(truth.slice(1), ({ board }) => board.issue))
      await checkIssue(table, issue, ticks, found)
  } finally {
    client.destroy()
    await endpoint.close()
  }
}

async function store(table: TicksTable, entries: readonly StreamEntry[], random: Random): Promise<void> {
  const options = { ...table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS_PER_LANE }
  const fence = createEpochFence()
  for (let at = 0; at < entries.length; ) {
    const batch = entries.slice(at, at + 1 + below(random, MOST_RECORDS))
    at += batch.length
    const { failedFrom } = await storeBatch(batch, options, addMillis(nowMillis(), BATCH_LIMIT_MS), fence)
    if (failedFrom !== undefined) throw new Error(`expected a stored batch, got a failure at ${failedFrom}`)
  }
}

async function checkIssue(
  table: TicksTable,
  issue: string,
  facts: readonly Tick[],
  found: Findings,
): Promise<void> {
  const due = new Map(facts.map(fact => [fact.sequence, fact]))
  let last = 0
  for await (const tick of ticksBetween(
    table,
    issue,
    TRADING_DATE,
    { time: 0, sequence: 0 },
    DAY_MICROSECONDS - 1,
  )) {
    const name = `stored message ${tick.sequence} of ${issue}`
    const fact = due.get(tick.sequence)
    due.delete(tick.sequence)
    if (tick.sequence <= last) note(found, 'doubled', name)
    else if (fact === undefined || !boardsEqual(fact.board, tick.board))
      note(found, 'wrong', `board of ${name}`)
    else if (tick.lost) note(found, 'wrong', `${name} has the mark "lost"`)
    last = tick.sequence
  }
  for (const sequence of due.keys()) note(found, 'lost', `message ${sequence} of ${issue} is not stored`)
}
