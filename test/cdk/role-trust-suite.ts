import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

/** Who takes a role that is not of a function. */
const SERVICES: readonly [RegExp, string][] = [
  [/^IngestTask/, 'ecs-tasks'],
  [/^(Schedule|Close|Outside)Role$/, 'scheduler'],
  [/^IngestNetworkOwnFlowLogRole$/, 'vpc-flow-logs'],
  [/^BackupsRole$/, 'backup'],
  [/^RealtimeLogRole$/, 'apigateway'],
]

suite('a role', () => {
  test('may be taken by one service', () => {
    const services = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
      if (Type !== 'AWS::IAM::Role') return []
      const { Statement } = Properties.AssumeRolePolicyDocument as { Statement: readonly object[] }
      return [[nameOf(id), plain(Statement)] as const]
    })
    const taking = (service: string): string =>
      `Action=sts:AssumeRole Effect=Allow Principal=Service=${service}.amazonaws.com`
    const takingHere = (service: string): string =>
      taking(service).replace('Effect', 'Condition=StringEquals=aws:SourceAccount=AccountId Effect')
    for (const [role, text] of services) {
      if (role === 'ReleaseRole') {
        // For deployments of this application alone.
        assert.equal(
          text,
          'Action=sts:AssumeRole Condition=StringEquals=aws:SourceAccount=AccountId ' +
            'ArnLike=aws:SourceArn=arn:Partition:codedeploy:Region:AccountId:deploymentgroup:ReleaseApplication/* ' +
            'Effect=Allow Principal=Service=codedeploy.amazonaws.com',
        )
        continue
      }
      const service = SERVICES.find(([pattern]) => pattern.test(role))?.[1] ?? 'lambda'
      // What runs in another account must not use the role.
      const isOfAccount = service === 'scheduler' || service === 'vpc-flow-logs'
      assert.equal(text, isOfAccount ? takingHere(service) : taking(service), role)
    }
  })

  test('is not needed by the gateway, which alone may invoke the functions of its routes', () => {
    const permissions = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::Permission')
    for (const { Properties } of permissions) {
      const { Action, Principal, SourceArn } = Properties
      assert.deepEqual([Action, Principal], ['lambda:InvokeFunction', 'apigateway.amazonaws.com'])
      assert.match(
        plain(SourceArn),
        /^arn:Partition:execute-api:Region:AccountId:(RealtimeApi\/\*\$\w+|RestApi\/\*\/\*\/v1\/[\w/{}]+)$/,
      )
    }
    assert.equal(
      permissions.length,
      Object.values(resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route').length,
    )
  })
})
