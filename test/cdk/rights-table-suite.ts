/** Compares the table of rights, which says who notices a missing right, with the rights of the templates. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openRoles } from '@itastream/local-cloud/roles'
import { openStack, type Stack, type StackOptions } from '@itastream/local-cloud/stack'
import type { StageName } from '../../cdk/stages/stage-config.ts'
import { STACK_NAMES } from '../../local/assemble.ts'
import { rightName, roleName } from '../drills/rights/right-names.ts'
import { RIGHTS_TABLE } from '../drills/rights/rights-table.ts'
import { synthesize } from './synthesis.ts'

const SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:'
/** The canary has a right only if it has a secret. */
const SECRETS = { LineSecret: `${SECRET}line-local0`, CanarySecret: `${SECRET}canary-local0` }

/** Opens the template of a stage, as the local cloud does. */
function openStage(stage: StageName): Stack {
  const template = synthesize(stage).template.toJSON() as {
    readonly Parameters: Readonly<Record<string, { readonly Default?: unknown }>>
  }
  const needed = Object.entries(template.Parameters).filter(([, { Default }]) => Default === undefined)
  const parameters = {
    ...Object.fromEntries(needed.map(([name]) => [name, name.startsWith('LinePort') ? '1' : 'line'])),
    ...SECRETS,
  }
  const assembly = { template, stackName: STACK_NAMES[stage] } as unknown as StackOptions['assembly']
  return openStack({ assembly, parameters, addresses: { apis: new Map(), endpointUrl: '' } })
}

/** Returns the rights of all roles of a stage, as `role: right`. */
function rightsOf(stage: StageName): string[] {
  const stack = openStage(stage)
  const mappings = new Map(
    stack
      .ofType('AWS::Lambda::EventSourceMapping')
      .map(({ logicalId }) => [stack.ref(logicalId), logicalId] as const),
  )
  return openRoles(stack)
    .rights.map(right => `${roleName(right)}: ${rightName(right, mappings)}`)
    .sort()
}

const listed = Object.entries(RIGHTS_TABLE)
  .flatMap(([role, rights]) => Object.keys(rights).map(right => `${role}: ${right}`))
  .sort()

suite('the table of rights', () => {
  test('has exactly the rights of prod', () => assert.deepEqual(rightsOf('prod'), listed))

  for (const stage of ['dev', 'test'] as const) {
    test(`has the rights of ${stage}`, () =>
      assert.deepEqual(
        rightsOf(stage).filter(right => !listed.includes(right)),
        [],
      ))
  }

  test('allows the items that a condition names, and no others', () => {
    const stack = openStage('prod')
    const roles = openRoles(stack)
    const find = (type: string, start: string): string =>
      stack.ofType(type).find(({ logicalId }) => logicalId.startsWith(start))!.logicalId
    const may = (role: string, action: string, table: string, ...keys: string[]): boolean =>
      roles
        .role(stack.attribute(find('AWS::IAM::Role', `${role}Role`), 'Arn'), role)
        .permissions.allows(
          `dynamodb:${action}`,
          stack.attribute(find('AWS::DynamoDB::Table', table), 'Arn'),
          keys,
        )
    for (const role of ['RestDelayedPrices', 'RestMarketInfo']) {
      assert.ok(may(role, 'BatchGetItem', 'TablesBoards', 'issues#1', 'issues#1#20261120#0'), role)
      for (const id of ['boards#0', 'issue#7203'])
        for (const keys of [[id], ['issues#1', id], ['phase', id]])
          assert.ok(!may(role, 'BatchGetItem', 'TablesBoards', ...keys), `${role}: ${keys.join()}`)
    }
    for (const role of ['RealtimeDisconnect', 'RealtimeMessage', 'Broadcast']) {
      assert.ok(may(role, 'UpdateItem', 'TablesConnections', 'room-7'), role)
      assert.ok(!may(role, 'UpdateItem', 'TablesConnections', 'issuer-keys'), role)
    }
  })

  test('gives a reason for each right that nobody notices here', () => {
    const notices = Object.values(RIGHTS_TABLE).flatMap(rights => Object.values(rights))
    assert.ok(notices.some(({ by }) => by === 'features'))
    for (const notice of notices) {
      if (notice.by === 'features') assert.notEqual(notice.features.length, 0)
      if (notice.by === 'nobody here') assert.match(notice.reason, /^.{20,}\.$/)
    }
  })
})
