import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { momentOf } from '../../market/moment.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../market/units.ts'
import { checkIssueIsKnown, maybeKnown, refuseUnknown, unknownMember } from '../../prices/known-issues.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { ISSUE, storePack, tickOf } from './stored-packs.ts'

const FRIDAY = asTradingDate(20261120)
const SATURDAY = asTradingDate(20261121)
const EIGHT = 8 * 3_600_000_000
const NOON = { date: FRIDAY, until: 43_200_000_000 }

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a source in which an issue is listed, invented, or neither. */
async function openSource(now: EpochMicros): Promise<{ source: PriceSource; dates: number[] }> {
  const dates: number[] = []
  const source: PriceSource = {
    ...sourceAt(await addTicksTable(tables), 'everybody', now),
    isListed: async issue => issue === '7203',
    isCertainlyUnknown: async (issue, date) => {
      dates.push(date)
      return issue === '9999'
    },
  }
  return { source, dates }
}

test('an unknown issue is refused by the lists of the newest date that may have ticks: from 8:00 on, today', async () => {
  const eight = momentOf(FRIDAY, EIGHT)
  for (const [now, date] of [
    [addMicros(eight, -1), 20261119],
    [eight, 20261120],
    [momentOf(SATURDAY, EIGHT - 1), 20261120],
    [momentOf(SATURDAY, EIGHT), 20261120],
  ] as const) {
    const { source, dates } = await openSource(now)
    await refuseUnknown(source, '7203')
    assert.deepEqual(dates, [date])
  }
})

test('an unknown issue is a problem with its code, and is left out of a list', async () => {
  const { source } = await openSource(momentOf(FRIDAY, EIGHT))
  const refusal = {
    name: 'Problem',
    code: 'unknown-issue',
    message: 'issue: expected a listed issue, or an issue with ticks, got "9999"',
    members: { issue: '9999' },
  }
  await assert.rejects(refuseUnknown(source, '9999'), refusal)
  await assert.rejects(checkIssueIsKnown(source, '9999', NOON), refusal)
  assert.deepEqual(await maybeKnown(source, ['9999', '6758', '7203']), ['6758', '7203'])
})

test('an issue that no list decides is known by its stored ticks up to the moment', async () => {
  const { source } = await openSource(momentOf(FRIDAY, EIGHT))
  await storePack(source.ticks, [tickOf(1, NOON.until)])
  const others: PriceSource = { ...source, isListed: async issue => issue === '1301' }
  await checkIssueIsKnown(others, '1301', undefined)
  await checkIssueIsKnown(others, ISSUE, NOON)
  for (const until of [{ ...NOON, until: NOON.until - 1 }, undefined])
    await assert.rejects(checkIssueIsKnown(others, ISSUE, until), { code: 'unknown-issue' })
  assert.deepEqual(await unknownMember(others, ['6758', ISSUE, '1301', '9999'], NOON), {
    unknown: ['6758', '9999'],
  })
  assert.deepEqual(await unknownMember(others, [ISSUE], NOON), {})
  // The lists decide before the ticks.
  const listless = { ...others, isCertainlyUnknown: async () => true }
  assert.deepEqual(await unknownMember(listless, [ISSUE], NOON), { unknown: [ISSUE] })
})
