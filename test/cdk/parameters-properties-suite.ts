import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  movedClocks,
  partialSecrets,
  uncheckedParameters,
} from '../../tools/check-cloud/properties/parameters.ts'

suite('the properties of parameters notice', () => {
  test('a value that CloudFormation does not check', () => {
    assert.deepEqual(
      uncheckedParameters({
        Host: { Type: 'String' },
        Port: { Type: 'Number', MinValue: 1 },
        User: { Type: 'String', AllowedPattern: '^a$' },
        Kind: { Type: 'String', AllowedValues: ['a'] },
        Pace: { Type: 'Number', MinValue: 1, MaxValue: 2 },
        BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>' },
      }),
      ['Host: expected a pattern, values or a range', 'Port: expected a pattern, values or a range'],
    )
  })

  test('a secret without its six random characters, and one that is refused with them', () => {
    const arn = '^arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/]+'
    const secret = (AllowedPattern: string) => ({ Type: 'String', AllowedPattern })
    assert.deepEqual(
      partialSecrets({
        LineSecret: secret(`${arn}-[A-Za-z0-9]{6}$`),
        CanarySecret: secret(`${arn}(-[A-Za-z0-9]{6})?$`),
        OtherSecret: secret(`${arn}$`),
        Host: secret('^a$'),
      }),
      ['CanarySecret: expected the whole ARN of a secret', 'OtherSecret: expected the whole ARN of a secret'],
    )
  })

  test('a market clock that a parameter sets, or none', () => {
    const fn = (Variables: object) => ({
      Type: 'AWS::Lambda::Function',
      Properties: { Environment: { Variables } },
    })
    const task = (Value: unknown) => ({
      Type: 'AWS::ECS::TaskDefinition',
      Properties: { ContainerDefinitions: [{ Environment: [{ Name: 'MARKET_CLOCK', Value }] }] },
    })
    assert.deepEqual(movedClocks({ Fn: fn({ MARKET_CLOCK: 'system' }), Task: task('system') }), [])
    assert.deepEqual(movedClocks({ Fn: fn({ MARKET_CLOCK: { Ref: 'Clock' } }), Task: task('0:0:2') }), [
      'Fn: MARKET_CLOCK: expected "system", got {"Ref":"Clock"}',
      'Task: MARKET_CLOCK: expected "system", got "0:0:2"',
    ])
    assert.equal(movedClocks({ Fn: fn({}) }).length, 1)
  })
})
