import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { encodePack } from '../../../market/codec/pack.ts'
import { asEpochSeconds } from '../../../market/units.ts'
import { stepsBetween, tickAsOf } from '../../../tables/ticks/read-ticks.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import { sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

const ISSUE = '7203'
/** Later than the end of every test. */
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)
const TICKS = sampleTicks(60).filter(({ board }) => board.issue === ISSUE)
const END = TICKS.at(-1)!.time

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Packs with random starts. Each has all ticks up to the start of the next pack, and possibly more. */
const overlappingPacks = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: TICKS.length - 1 }), { maxLength: 8 }),
    fc.array(fc.nat({ max: TICKS.length }), { minLength: 9, maxLength: 9 }),
  )
  .map(([later, more]) => {
    const starts = [0, ...later.toSorted((a, b) => a - b)]
    return starts.map((start, index) =>
      TICKS.slice(start, (starts[index + 1] ?? TICKS.length) + (more[index] ?? 0)),
    )
  })

test('a read of any range returns the ticks of overlapping packs in order, each once', async () => {
  const place = fc.oneof(fc.constant({ time: 0, sequence: 0 }), fc.constantFrom(...TICKS))
  const time = fc.constantFrom(...TICKS.flatMap(tick => [tick.time - 1, tick.time]), END + 1)
  const anyRanges = fc.array(fc.record({ from: place, until: time }), { minLength: 4, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(overlappingPacks, anyRanges, async (packs, ranges) => {
      const table = await addTicksTable(tables)
      for (const pack of packs) {
        const Item = packItem(ISSUE, TRADING_DATE, pack[0]!, encodePack(pack), EXPIRES)
        await table.client.send(new PutCommand({ TableName: table.table, Item }))
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
