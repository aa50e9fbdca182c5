/** The rules of EventBridge take the events that they are for, and no others. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { rulesOf } from '../../tools/check-cloud/properties/alarm-delivery.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

/** A pattern or an event. */
type Node = { readonly [member: string]: unknown }

/** Returns whether an event fits a pattern, of which each leaf is a list of texts (EventBridge user guide, "Event patterns"). */
function fits(pattern: Node, event: Node): boolean {
  return Object.entries(pattern).every(([member, wanted]) => {
    const value = event[member]
    if (Array.isArray(wanted)) return wanted.map(plain).includes(String(value))
    return typeof value === 'object' && value !== null && fits(wanted as Node, value as Node)
  })
}

/** Returns the names of the rules that an event fits. */
function rulesFor(event: Node): string[] {
  return rulesOf(resources)
    .filter(([, { Properties }]) => fits(Properties.EventPattern as Node, event))
    .map(([id]) => nameOf(id).replace(/^AlarmsEvents/, ''))
}

const one = (type: string): string => {
  const [id] = Object.entries(resources).find(([, { Type }]) => Type === type) ?? []
  assert.ok(id !== undefined)
  return id
}
const VAULT = one('AWS::Backup::BackupVault')
const KEYS = Object.keys(resources).filter(id => resources[id]!.Type === 'AWS::KMS::Key')
const VAULT_NAME = plain({ 'Fn::GetAtt': [VAULT, 'BackupVaultName'] })
const VAULT_ARN = plain({ 'Fn::GetAtt': [VAULT, 'BackupVaultArn'] })

/** Members of the examples in the AWS Backup developer guide, "Monitoring AWS Backup events using Amazon EventBridge". */
const backupJob = (state: string, backupVaultName = VAULT_NAME): Node => ({
  source: 'aws.backup',
  'detail-type': 'Backup Job State Change',
  detail: { backupJobId: 'job', state, backupVaultName, resourceArn: 'arn:table', statusMessage: 'full' },
})
const copyJob = (state: string, sourceBackupVaultArn = VAULT_ARN): Node => ({
  source: 'aws.backup',
  'detail-type': 'Copy Job State Change',
  detail: { copyJobId: 'job', state, sourceBackupVaultArn, destinationBackupVaultArn: 'arn:other' },
})
/** Members of the examples in the KMS developer guide, "ScheduleKeyDeletion" and "Monitor KMS keys with Amazon EventBridge". */
const request = (eventName: string, keyId: string): Node => ({
  source: 'aws.kms',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { eventSource: 'kms.amazonaws.com', eventName, requestParameters: { keyId } },
})
const deleted = (id: string): Node => ({
  source: 'aws.kms',
  'detail-type': 'KMS CMK Deletion',
  detail: { 'key-id': id },
})

suite('rules of events', () => {
  test('take jobs of the own vault that have failed', () => {
    for (const state of ['FAILED', 'ABORTED', 'EXPIRED']) {
      assert.deepEqual(rulesFor(backupJob(state)), ['BackupFails'], state)
      assert.deepEqual(rulesFor(copyJob(state)), ['BackupCopyFails'], state)
    }
    for (const state of ['CREATED', 'RUNNING', 'COMPLETED']) {
      assert.deepEqual(rulesFor(backupJob(state)), [], state)
      assert.deepEqual(rulesFor(copyJob(state)), [], state)
    }
    assert.deepEqual(rulesFor(backupJob('FAILED', 'other')), [])
    assert.deepEqual(rulesFor(copyJob('FAILED', 'arn:other')), [])
  })

  test('take requests that disable an own key, by its id and by its ARN, and the end of the key', () => {
    assert.ok(KEYS.length > 0)
    for (const key of KEYS) {
      const [id, arn] = [plain({ Ref: key }), plain({ 'Fn::GetAtt': [key, 'Arn'] })]
      for (const name of ['DisableKey', 'ScheduleKeyDeletion'])
        for (const each of [id, arn]) assert.deepEqual(rulesFor(request(name, each)), ['KeyDisabled'])
      assert.deepEqual(rulesFor(request('EnableKey', id)), [])
      assert.deepEqual(rulesFor(deleted(id)), ['KeyDeleted'])
    }
    assert.deepEqual(rulesFor(request('DisableKey', 'other')), [])
    assert.deepEqual(rulesFor(deleted('other')), [])
  })

  test('send a message of one line with what the event says, and where to read on', () => {
    const [, rule] = rulesOf(resources).find(([id]) => nameOf(id).endsWith('KeyDisabled'))!
    const [{ InputTransformer: transformer }] = rule.Properties.Targets as [
      { readonly InputTransformer: { readonly InputPathsMap: object; readonly InputTemplate: string } },
    ]
    assert.deepEqual(Object.values(transformer.InputPathsMap), [
      '$.detail.eventName',
      '$.detail.requestParameters.keyId',
      '$.detail.userIdentity.arn',
      '$.detail.errorCode',
    ])
    const text = JSON.parse(transformer.InputTemplate) as string
    assert.match(
      text,
      /^itastream KeyDisabled: Somebody .* eventName: <.*Runbook: docs\/operations\.md#keys$/,
    )
    assert.ok(!text.includes('\n'))
  })
})
