import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { boardsWithoutToken, foreignKeyWriters } from '../../tools/check-cloud/properties/item-rights.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'

/** A policy with one statement on a table. */
const policy = (table: string, Action: string, Condition?: object): Resource => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyDocument: {
      Statement: [{ Effect: 'Allow', Action, Resource: { 'Fn::GetAtt': [table, 'Arn'] }, Condition }],
    },
  },
})
const like = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } })
const equal = (...keys: string[]) => ({ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } })

suite('a property of rights on items notices', () => {
  test('a function that answers without a token, and may read a latest board', () => {
    const read = (Condition?: object) => policy('TablesBoards1', 'dynamodb:BatchGetItem', Condition)
    assert.deepEqual(
      boardsWithoutToken({
        RestMarketInfoAll: read(),
        RestMarketInfoGroups: read(like('issues#*', 'boards#*')),
        RestMarketInfoOld: read(like('issue*')),
        RestMarketInfoOne: read(equal('boards#0')),
        RestMarketInfoMaster: read(like('issues#*')),
        RestMarketInfoStatus: read(equal('phase', 'news')),
        RestMarketInfoTicks: policy('TablesTicks1', 'dynamodb:Query'),
        RestRealtimePrices: read(),
      }),
      ['All', 'Groups', 'Old', 'One'].map(
        name => `RestMarketInfo${name}: expected no right to read a latest board`,
      ),
    )
  })

  test('a function that may write the keys of the issuer, and verifies no token', () => {
    const write = (Condition?: object) => policy('TablesConnections1', 'dynamodb:UpdateItem', Condition)
    assert.deepEqual(
      foreignKeyWriters({
        Broadcast: write(),
        RealtimeDisconnect: write(like('room-*')),
        RealtimeMessage: policy('TablesConnections1', 'dynamodb:PutItem', equal('issuer-keys')),
        PushRoom: policy('TablesConnections1', 'dynamodb:Query'),
      }),
      ['Broadcast: expected no right to write the keys of the issuer'],
    )
  })
})
