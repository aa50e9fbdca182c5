import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { encodePack } from '../../../market/codec/pack.ts'
import { stepsBetween, tickAsOf } from '../../../tables/ticks/read-ticks.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import { sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

const ISSUE = '7203'
/** After every test has ended. */
const EXPIRES = Math.floor(Date.now() / 1000) + 3_600
const TICKS = sampleTicks(60).filter(({ board }) => board.issue === ISSUE)
const END = TICKS.at(-1)!.time

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Packs that begin anywhere, each with all up to where the next one begins, and maybe more. */
const layout = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: TICKS.length - 1 }), { maxLength: 8 }),
    fc.array(fc.nat({ max: TICKS.length }), { minLength: 9, maxLength: 9 }),
  )
  .map(([borders, more]) => {
    const starts = [0, ...borders.toSorted((a, b) => a - b)]
    return starts.map((start, index) =>
      TICKS.slice(start, (starts[index + 1] ?? TICKS.length) + (more[index] ?? 0)),
    )
  })

test('packs that overlap are read as one row of ticks, each once, from anywhere to anywhere', async () => {
  const place = fc.oneof(fc.constant({ time: 0, sequence: 0 }), fc.constantFrom(...TICKS))
  const time = fc.constantFrom(...TICKS.flatMap(tick => [tick.time - 1, tick.time]), END + 1)
  const asks = fc.array(fc.record({ from: place, until: time }), { minLength: 4, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(layout, asks, async (packs, ranges) => {
      const table = await addTicksTable(tables)
      for (const some of packs) {
        const Item = packItem(ISSUE, TRADING_DATE, some[0]!, encodePack(some), EXPIRES)
        await table.client.send(new PutItemCommand({ TableName: table.table, Item }))
      }
      for (const { from, until } of ranges) {
        const expected = TICKS.filter(tick => tick.time <= until)
        const { time, sequence } = from
        const steps: [number | undefined, number][] = []
        for await (const { tick, before } of stepsBetween(
          table,
          ISSUE,
          TRADING_DATE,
          { time, sequence },
          until,
        ))
          steps.push([before?.sequence, tick.sequence])
        assert.deepEqual(
          steps,
          expected
            .map((tick, index) => [expected[index - 1]?.sequence, tick.sequence])
            .filter(([, of]) => of! > sequence),
        )
        const last = await tickAsOf(table, ISSUE, TRADING_DATE, until)
        assert.equal(last?.sequence, expected.at(-1)?.sequence)
      }
    }),
    { numRuns: 25 },
  )
})
