/** Takes rights from functions of the running system, one at a time: exactly the features that need a right fail. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { FEATURES } from './features/all-features.ts'
import { rightName, roleName } from './right-names.ts'
import { type RightsStage, startStage } from './rights-stage.ts'
import { RIGHTS_TABLE } from './rights-table.ts'
import { withhold } from './withheld-rights.ts'

/** A right or two of each function, of those whose features take little time. `npm run drills -- rights` tries them all. */
const TRIED = [
  ['RealtimeConnect', 'dynamodb:BatchGetItem on TablesConnections'],
  ['RealtimeDisconnect', 'dynamodb:UpdateItem on TablesConnections [room-*]'],
  ['RealtimeMessage', 'dynamodb:BatchGetItem on TablesBoards'],
  ['RestDelayedPrices', 'dynamodb:Query on TablesTicks'],
  ['RestRealtimePrices', 'dynamodb:BatchGetItem on TablesBoards'],
  ['RestMarketInfo', 'dynamodb:BatchGetItem on TablesBoards [issues#*]'],
  ['RestMarketInfo', 'dynamodb:BatchGetItem on TablesBoards [phase, news, line#1, line#2, line#3]'],
] as const

suite('a right that is missing', () => {
  let stage: RightsStage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  for (const [role, name] of TRIED) {
    test(`${role}, ${name}: stops exactly the features that need it`, async () => {
      const right = stage.system.cloud.rights.find(
        each => roleName(each) === role && rightName(each, new Map()) === name,
      )
      const notice = RIGHTS_TABLE[role]?.[name]
      assert.ok(right !== undefined && notice?.by === 'features')
      const { failed, lasting } = await withhold(stage, FEATURES[role]!, right)
      assert.deepEqual(failed.toSorted(), notice.features.toSorted())
      assert.deepEqual(lasting, [])
    })
  }

  test('is noticed by features that can be tried', () => {
    for (const [role, features] of Object.entries(FEATURES)) {
      const named = Object.values(RIGHTS_TABLE[role] ?? {}).flatMap(notice =>
        notice.by === 'features' ? notice.features : [],
      )
      assert.deepEqual([...new Set(named)].sort(), Object.keys(features).sort(), role)
    }
  })
})
