/** Takes rights from functions of the running system, one at a time: exactly the features that need a right fail. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { EXPECTED } from './expected-rights.ts'
import { rightName } from './right-names.ts'
import { type RightsStage, startStage } from './rights-stage.ts'
import { withhold } from './withheld-rights.ts'

/** One right of each function, of those whose features take little time. */
const TRIED = [
  'RealtimeConnect: dynamodb:BatchGetItem on TablesConnections',
  'RealtimeDisconnect: dynamodb:UpdateItem on TablesConnections',
  'RealtimeMessage: dynamodb:BatchGetItem on TablesBoards',
  'RestDelayedPrices: dynamodb:Query on TablesTicks',
  'RestRealtimePrices: dynamodb:BatchGetItem on TablesBoards',
  'RestMarketInfo: dynamodb:BatchGetItem on TablesBoards',
]

suite('a right that is missing', () => {
  let stage: RightsStage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  for (const name of TRIED) {
    test(`${name}: stops exactly the features that need it`, async () => {
      const right = stage.system.cloud.rights.find(each => rightName(each) === name)
      assert.ok(right !== undefined)
      assert.deepEqual(await withhold(stage, right), { right: name, failed: EXPECTED[name] })
    })
  }

  test('is listed with the features that need it only if a role has it', () => {
    const names = stage.system.cloud.rights.map(rightName)
    assert.deepEqual(
      Object.keys(EXPECTED).filter(name => !names.includes(name)),
      [],
    )
  })
})
