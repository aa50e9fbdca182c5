import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { Itastream } from '../../cdk/itastream-stack.ts'
import { PROD } from '../../cdk/stages/prod.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'

const VAULT = 'arn:aws:backup:ap-northeast-1:123456789012:backup-vault:copies'

suite('a stage may ask for', () => {
  const stack = new Itastream(
    new App({ context: CONTEXT, analyticsReporting: false, builtinCloudFormationValidation: false }),
    {
      ...PROD,
      logs: { ...PROD.logs, addresses: false, webSocketRole: 'account' },
      data: {
        ...PROD.data,
        archiveLock: { mode: 'compliance', days: 2_555 },
        backup: { days: 90, lock: 'compliance', copyTo: VAULT },
      },
    },
  )
  const template = Template.fromStack(stack)
  const textOf = (type: string): string => plain(Object.values(template.findResources(type)))

  test('a copy of each backup in another account', () => {
    assert.match(textOf('AWS::Backup::BackupPlan'), new RegExp(`DestinationBackupVaultArn=${VAULT}`))
    assert.match(textOf('AWS::Backup::BackupPlan'), /DeleteAfterDays=90/)
    const policies = textOf('AWS::IAM::Policy')
    assert.match(policies, new RegExp(`Action=backup:CopyIntoBackupVault Effect=Allow Resource=${VAULT}`))
    assert.match(policies, /Action=backup:CopyFromBackupVault/)
  })

  test('locks of the archive and of the backups that nobody can open', () => {
    assert.match(textOf('AWS::S3::Bucket'), /DefaultRetention=Days=2555 Mode=COMPLIANCE/)
    const text = textOf('AWS::Backup::BackupVault')
    assert.match(text, /LockConfiguration=ChangeableForDays=3 MinRetentionDays=90/)
    const { resources } = synthesize()
    const vaults = Object.values(resources).filter(({ Type }) => Type === 'AWS::Backup::BackupVault')
    assert.match(plain(vaults), /LockConfiguration=MinRetentionDays=35/)
  })

  test('access logs without addresses, written by the role that the account has', () => {
    const stages = textOf('AWS::ApiGatewayV2::Stage')
    assert.match(stages, /context\.connectionId/)
    assert.doesNotMatch(stages, /sourceIp/)
    template.resourceCountIs('AWS::ApiGateway::Account', 0)
  })
})
