import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NetworkConfig } from '../../cdk/network/network-config.ts'
import { startsTooEarly } from '../../tools/check-cloud/properties/first-start.ts'
import {
  loginsInTemplate,
  openEndpoints,
  otherDestinations,
  otherSources,
  unloggedVpcs,
  waysToTheInternet,
  withoutGroup,
  withoutLineRoute,
} from '../../tools/check-cloud/properties/network.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'
import { synthesize } from './synthesis.ts'

const {
  resources,
  stage: { network },
} = synthesize()

/** Returns the resources of prod with more resources, or with others in their place. */
const withMore = (more: Readonly<Record<string, Partial<Resource>>>): Record<string, Resource> => ({
  ...resources,
  ...(more as Record<string, Resource>),
})

/** Returns the resources of prod with other properties of the first resource of a type. */
function withChange(type: string, change: object): Record<string, Resource> {
  const [id, found] = Object.entries(resources).find(([, { Type }]) => Type === type)!
  return withMore({ [id]: { ...found, Properties: { ...found.Properties, ...change } } })
}

const vpcConfig = (change: object) => ({
  NetworkConfiguration: {
    AwsvpcConfiguration: {
      AssignPublicIp: 'DISABLED',
      SecurityGroups: [{ 'Fn::GetAtt': [tasks, 'GroupId'] }],
      ...change,
    },
  },
})
const tasks = Object.keys(resources).find(
  id => id.startsWith('IngestNetworkTasks') && !id.includes('Tasksto'),
)!
const endpoints = Object.keys(resources).find(id => /^IngestNetworkEndpoints[0-9A-F]{8}$/.test(id))!
const groupOf = (id: string) => ({ 'Fn::GetAtt': [id, 'GroupId'] })

suite('a property of the network notices', () => {
  test('a public address, a public subnet, a gateway and a route to the internet', () => {
    for (const broken of [
      withChange('AWS::ECS::Service', vpcConfig({ AssignPublicIp: 'ENABLED' })),
      withChange('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true }),
      withMore({ Nat: { Type: 'AWS::EC2::NatGateway', Properties: {} } }),
      withMore({ Out: { Type: 'AWS::EC2::InternetGateway' } }),
      withMore({ All: { Type: 'AWS::EC2::Route', Properties: { DestinationCidrBlock: '0.0.0.0/0' } } }),
    ])
      assert.equal(waysToTheInternet(broken).length, 1)
  })

  test('a rule by which a task reaches more', () => {
    const rule = (change: object) =>
      withMore({
        More: {
          Type: 'AWS::EC2::SecurityGroupEgress',
          Properties: { GroupId: groupOf(tasks), IpProtocol: 'tcp', FromPort: 443, ToPort: 443, ...change },
        },
      })
    assert.deepEqual(otherDestinations(rule({ DestinationSecurityGroupId: groupOf(endpoints) }), network), [])
    for (const broken of [
      rule({ CidrIp: '0.0.0.0/0' }),
      rule({ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }),
      rule({ CidrIp: '192.0.2.0/24' }),
      rule({ CidrIp: '192.0.2.0/24', FromPort: 9101, ToPort: 9104 }),
      rule({ DestinationPrefixListId: 'pl-11111111' }),
      rule({ DestinationSecurityGroupId: groupOf('Elsewhere') }),
    ])
      assert.equal(otherDestinations(broken, network).length, 1)
  })

  test('a group of tasks without any rule, because AWS then allows everything', () => {
    const others = Object.entries(resources).filter(
      ([, { Type }]) => Type !== 'AWS::EC2::SecurityGroupEgress',
    )
    const empty = { Type: 'AWS::EC2::SecurityGroup', Properties: {} }
    assert.deepEqual(otherDestinations({ ...Object.fromEntries(others), [tasks]: empty }, network), [
      `${tasks}: expected rules for what the tasks send, got none`,
    ])
  })

  test('a connection to a task, and a stranger at an endpoint', () => {
    const rule = (group: string, change: object) =>
      withMore({
        More: {
          Type: 'AWS::EC2::SecurityGroupIngress',
          Properties: { GroupId: groupOf(group), IpProtocol: 'tcp', FromPort: 443, ToPort: 443, ...change },
        },
      })
    for (const broken of [
      rule(tasks, { SourceSecurityGroupId: groupOf(tasks) }),
      rule(endpoints, { SourceSecurityGroupId: groupOf(endpoints) }),
      rule(endpoints, { CidrIp: '10.73.0.0/25' }),
      rule(endpoints, { SourceSecurityGroupId: groupOf(tasks), FromPort: 1 }),
    ])
      assert.equal(otherSources(broken).length, 1)
  })

  test('an endpoint without a policy, with a star, for strangers, or without private DNS', () => {
    const policy = (statement: object) =>
      withChange('AWS::EC2::VPCEndpoint', { PolicyDocument: { Statement: [statement] } })
    const ours = { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } }
    const Resource = { Ref: 'Stream' }
    assert.deepEqual(openEndpoints(policy({ Action: 'kinesis:PutRecords', Resource, Condition: ours })), [])
    for (const broken of [
      policy({ Action: 'kinesis:*', Resource, Condition: ours }),
      policy({ Action: 'kinesis:PutRecords', Resource: '*', Condition: ours }),
      policy({ Action: 'kinesis:PutRecords', Resource }),
      withChange('AWS::EC2::VPCEndpoint', { PolicyDocument: undefined }),
      withChange('AWS::EC2::VPCEndpoint', { PrivateDnsEnabled: false }),
    ])
      assert.equal(openEndpoints(broken).length, 1)
  })

  test('a task, an endpoint and a function in the default security group', () => {
    const fn = (VpcConfig: object) => withChange('AWS::Lambda::Function', { VpcConfig })
    assert.deepEqual(withoutGroup(fn({ SubnetIds: ['a'], SecurityGroupIds: ['sg-1'] })), [])
    for (const broken of [
      withChange('AWS::ECS::Service', vpcConfig({ SecurityGroups: undefined })),
      withChange('AWS::EC2::VPCEndpoint', { SecurityGroupIds: undefined }),
      fn({ SubnetIds: ['a'] }),
    ])
      assert.equal(withoutGroup(broken).length, 1)
  })

  test('a VPC without a flow log, or with a part of its traffic', () => {
    const partly = withChange('AWS::EC2::FlowLog', { TrafficType: 'REJECT' })
    assert.equal(unloggedVpcs(partly, 'ALL').length, 1)
    assert.deepEqual(unloggedVpcs(partly, 'REJECT'), [])
    assert.equal(unloggedVpcs(withMore({ New: { Type: 'AWS::EC2::VPC' } }), 'ALL').length, 1)
  })

  test('a VPC without a route to each network of the lines', () => {
    const { VPC, Route } = {
      VPC: { Type: 'AWS::EC2::VPC', Properties: {} },
      Route: { Type: 'AWS::EC2::Route', Properties: { DestinationCidrBlock: '192.0.2.0/24' } },
    }
    assert.deepEqual(withoutLineRoute({ VPC }, network), ['expected a route to 192.0.2.0/24, got none'])
    assert.deepEqual(withoutLineRoute({ VPC, Route }, network), [])
    const two: NetworkConfig = {
      ...network,
      line: { ...network.line, cidrs: ['192.0.2.0/24', '198.18.0.0/24'] },
    }
    assert.equal(withoutLineRoute({ VPC, Route }, two).length, 1)
  })

  test('a login in the environment, and one in a secret that the template makes', () => {
    const taskWith = (container: object) => ({
      ...withChange('AWS::ECS::TaskDefinition', { ContainerDefinitions: [container] }),
      Made: { Type: 'AWS::SecretsManager::Secret', Properties: {} },
    })
    const secret = (id: string) => ({ Secrets: [{ Name: 'LINE_PASSWORD', ValueFrom: { Ref: id } }] })
    assert.deepEqual(loginsInTemplate(taskWith(secret('LineSecret'))), [])
    assert.equal(loginsInTemplate(taskWith(secret('Made'))).length, 1)
    assert.equal(loginsInTemplate(taskWith({ Environment: [{ Name: 'LINE_USER', Value: 'a' }] })).length, 1)
  })

  test('a service that does not wait for an endpoint, a rule, or a right', () => {
    assert.deepEqual(startsTooEarly(resources), [])
    const [id, service] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::ECS::Service')!
    const needed = [service.DependsOn ?? []].flat()
    for (const part of [/EndpointEcrApi/, /^IngestNetworkTasksto/, /Subnet1Routes/, /RoleDefaultPolicy/]) {
      const DependsOn = needed.filter(each => !part.test(each))
      assert.ok(DependsOn.length < needed.length, String(part))
      const found = startsTooEarly(withMore({ [id]: { ...service, DependsOn } }))
      assert.ok(found.length > 0 && found.every(text => text.startsWith(id)), String(part))
    }
    assert.ok(startsTooEarly(withMore({ [id]: { ...service, DependsOn: undefined } })).length > 8)
  })
})
