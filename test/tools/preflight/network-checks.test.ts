import assert from 'node:assert/strict'
import { after, afterEach, before, suite, test } from 'node:test'
import { EC2Client } from '@aws-sdk/client-ec2'
import {
  type ExistingNetwork,
  type LineRoute,
  type NetworkConfig,
  TOKYO_PREFIX_LISTS,
} from '../../../cdk/network/network-config.ts'
import { STAGES } from '../../../cdk/stages/stages.ts'
import type { CheckResult } from '../../../tools/preflight/check-result.ts'
import { checkLineNetworks } from '../../../tools/preflight/line-checks.ts'
import { checkNetwork } from '../../../tools/preflight/network-checks.ts'
import {
  type AwsStandIn,
  ec2,
  ec2Error,
  endpointServices,
  prefixLists,
  type StandInAnswer,
  startStandIn,
  zones,
} from './aws-stand-in.ts'

const REGION = 'ap-northeast-1'
const LINE = { cidrs: ['198.18.40.0/24'], ports: { from: 9101, to: 9103 } }
const ZONES = zones('apne1-az1', 'apne1-az2', 'apne1-az3', 'apne1-az4')
const LISTS = prefixLists(REGION, TOKYO_PREFIX_LISTS)
const SERVICES = ['kinesis-streams', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager']

/** Endpoint services that are in these zones, by the names of the zones. */
const servicesIn = (names: readonly string[], region = REGION) =>
  endpointServices(region, Object.fromEntries(SERVICES.map(service => [service, names])))
const ENDPOINTS = servicesIn(['APNE1-AZ1', 'APNE1-AZ2', 'APNE1-AZ4'])

const endpointsFound = (found: string, region = REGION): string[] =>
  SERVICES.map(service => found.replace('*', `com.amazonaws.${region}.${service}`))

const LISTS_FOUND = [
  'ok com.amazonaws.ap-northeast-1.s3 is pl-61a54008',
  'ok com.amazonaws.ap-northeast-1.dynamodb is pl-78a54011',
]

const own = (zoneIds: readonly string[], route: LineRoute = { kind: 'vpn-gateway' }): NetworkConfig => ({
  kind: 'own',
  cidr: '10.9.0.0/25',
  subnets: zoneIds.map((zoneId, index) => ({ zoneId, cidr: `10.9.0.${index * 32}/27` })),
  prefixLists: TOKYO_PREFIX_LISTS,
  route,
  flowLogs: 'ALL',
  line: LINE,
})

const EXISTING: ExistingNetwork & NetworkConfig = {
  kind: 'existing',
  vpcId: 'vpc-1',
  subnetIds: ['subnet-a', 'subnet-b'],
  endpointCidrs: ['10.9.0.0/27'],
  prefixLists: TOKYO_PREFIX_LISTS,
  line: LINE,
}

/** A subnet as EC2 answers. */
const subnet = (id: string, zone: string, { vpc = 'vpc-1', isPublic = false } = {}): string =>
  `<item><subnetId>${id}</subnetId><vpcId>${vpc}</vpcId><availabilityZoneId>${zone}</availabilityZoneId>` +
  `<mapPublicIpOnLaunch>${isPublic}</mapPublicIpOnLaunch></item>`

const texts = (results: readonly CheckResult[]): string[] =>
  results.map(({ status, found }) => `${status} ${found}`)

let aws: AwsStandIn
before(async () => {
  aws = await startStandIn()
})
after(() => aws[Symbol.asyncDispose]())
afterEach(() => {
  aws.answers = {}
})

/** Asserts that everything but `ok` says what to do. */
async function check(network: NetworkConfig, region = REGION): Promise<string[]> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new EC2Client({ endpoint: aws.url, region, credentials, maxAttempts: 1 })
  const results = await checkNetwork(client, network, region)
  for (const { status, found, todo } of results) assert.equal(todo === undefined, status === 'ok', found)
  return texts(results)
}

suite('preflight compares the network of a stage with the region', () => {
  test('zones that exist and where Fargate runs', async () => {
    aws.answers = {
      DescribeAvailabilityZones: ZONES,
      DescribeVpcEndpointServices: ENDPOINTS,
      DescribeManagedPrefixLists: LISTS,
    }
    assert.deepEqual(await check(own(['apne1-az1', 'apne1-az4'])), [
      'ok apne1-az1: Fargate runs in apne1-az1',
      'ok apne1-az4: Fargate runs in apne1-az4',
      ...endpointsFound('ok * has endpoints in apne1-az1, apne1-az4'),
      ...LISTS_FOUND,
    ])
  })

  test('zones without Fargate, zones of another region, and no right to look', async () => {
    aws.answers = {
      DescribeAvailabilityZones: ZONES,
      DescribeVpcEndpointServices: ENDPOINTS,
      DescribeManagedPrefixLists: LISTS,
    }
    assert.deepEqual(await check(own(['apne1-az3', 'use1-az1'])), [
      'missing apne1-az3: Fargate does not run in apne1-az3',
      'missing ap-northeast-1 has no use1-az1, only apne1-az1, apne1-az2, apne1-az3, apne1-az4',
      ...endpointsFound('missing * has no endpoints in apne1-az3'),
      ...LISTS_FOUND,
    ])
    const denied = ec2Error(403, 'UnauthorizedOperation')
    aws.answers = { DescribeAvailabilityZones: denied, DescribeManagedPrefixLists: denied }
    assert.deepEqual(await check(own(['apne1-az1'])), [
      'unknown UnauthorizedOperation: UnauthorizedOperation',
      'unknown UnauthorizedOperation: UnauthorizedOperation',
    ])
  })

  test('endpoints by the names or ids of zones, endpoints that a zone or a region lacks, and no right to look', async () => {
    const found = async (DescribeVpcEndpointServices: StandInAnswer | ((body: string) => StandInAnswer)) => {
      aws.answers = {
        DescribeAvailabilityZones: ZONES,
        DescribeVpcEndpointServices,
        DescribeManagedPrefixLists: LISTS,
      }
      return (await check(own(['apne1-az1', 'apne1-az4']))).slice(2, -2)
    }
    const name = (service: string) => `com.amazonaws.${REGION}.${service}`
    const byName = { 'kinesis-streams': ['APNE1-AZ1', 'APNE1-AZ4'], logs: ['APNE1-AZ1', 'APNE1-AZ2'] }
    assert.deepEqual(await found(endpointServices(REGION, byName)), [
      `ok ${name('kinesis-streams')} has endpoints in apne1-az1, apne1-az4`,
      `missing ap-northeast-1 has no endpoint service ${name('ecr.api')}`,
      `missing ap-northeast-1 has no endpoint service ${name('ecr.dkr')}`,
      `missing ${name('logs')} has no endpoints in apne1-az4`,
      `missing ap-northeast-1 has no endpoint service ${name('secretsmanager')}`,
    ])
    const byId = servicesIn(['apne1-az1', 'apne1-az4']).body.replaceAll(
      'availabilityZoneSet',
      'availabilityZoneIdSet',
    )
    const asked = (body: string): StandInAnswer => {
      const filter = new URLSearchParams(body)
      assert.equal(filter.get('Filter.1.Name'), 'service-name')
      assert.equal(filter.get('Filter.1.Value.1'), name('kinesis-streams'))
      return { body: byId }
    }
    assert.deepEqual(await found(asked), endpointsFound('ok * has endpoints in apne1-az1, apne1-az4'))
    assert.deepEqual(await found(ec2Error(403, 'UnauthorizedOperation')), [
      'unknown UnauthorizedOperation: UnauthorizedOperation',
    ])
  })

  test('a region with Fargate in all zones, with prefix lists of its own, and a region that was not read', async () => {
    const lists = { s3: 'pl-a4a540cd', dynamodb: TOKYO_PREFIX_LISTS.dynamodb }
    aws.answers = {
      DescribeAvailabilityZones: zones('euw1-az1'),
      DescribeVpcEndpointServices: servicesIn(['EUW1-AZ1'], 'eu-west-1'),
      DescribeManagedPrefixLists: prefixLists('eu-west-1', TOKYO_PREFIX_LISTS),
    }
    assert.deepEqual((await check(own(['euw1-az1']), 'eu-west-1')).slice(0, 1), [
      'unknown euw1-az1: whether Fargate runs in euw1-az1 is not known here',
    ])
    aws.answers = {
      DescribeAvailabilityZones: zones('apne3-az1'),
      DescribeVpcEndpointServices: servicesIn(['APNE3-AZ1'], 'ap-northeast-3'),
      DescribeManagedPrefixLists: prefixLists('ap-northeast-3', lists),
    }
    assert.deepEqual(await check(own(['apne3-az1']), 'ap-northeast-3'), [
      'ok apne3-az1: Fargate runs in apne3-az1',
      ...endpointsFound('ok * has endpoints in apne3-az1', 'ap-northeast-3'),
      'missing com.amazonaws.ap-northeast-3.s3 is pl-a4a540cd, not pl-61a54008',
      'ok com.amazonaws.ap-northeast-3.dynamodb is pl-78a54011',
    ])
  })

  test('a transit gateway that is available, one that is not, and none', async () => {
    const network = own(['apne1-az1'], { kind: 'transit-gateway', transitGatewayId: 'tgw-1' })
    const found = async (items: string): Promise<string | undefined> => {
      const DescribeTransitGateways = (body: string) => {
        const filter = new URLSearchParams(body)
        assert.deepEqual(
          [filter.get('Filter.1.Name'), filter.get('Filter.1.Value.1')],
          ['transit-gateway-id', 'tgw-1'],
        )
        return ec2('DescribeTransitGateways', `<transitGatewaySet>${items}</transitGatewaySet>`)
      }
      aws.answers = {
        DescribeAvailabilityZones: ZONES,
        DescribeVpcEndpointServices: ENDPOINTS,
        DescribeManagedPrefixLists: LISTS,
        DescribeTransitGateways,
      }
      return (await check(network)).at(-1)
    }
    const item = (state: string) =>
      `<item><transitGatewayId>tgw-1</transitGatewayId><state>${state}</state></item>`
    assert.equal(await found(item('available')), 'ok tgw-1 is available')
    assert.equal(await found(item('deleted')), 'missing tgw-1 is deleted')
    assert.equal(await found(''), 'missing no tgw-1')
  })
})

suite('preflight looks at the subnets of a VPC that exists', () => {
  const found = async (...subnets: readonly string[]): Promise<string[]> => {
    aws.answers = {
      DescribeSubnets: ec2('DescribeSubnets', `<subnetSet>${subnets.join('')}</subnetSet>`),
      DescribeManagedPrefixLists: LISTS,
    }
    const all = await check(EXISTING)
    assert.deepEqual(all.slice(-2), LISTS_FOUND)
    return all.slice(0, -2)
  }

  test('in different zones with Fargate, without public addresses', async () => {
    assert.deepEqual(await found(subnet('subnet-b', 'apne1-az2'), subnet('subnet-a', 'apne1-az1')), [
      'ok subnet-a: Fargate runs in apne1-az1',
      'ok subnet-b: Fargate runs in apne1-az2',
    ])
  })

  test('that are gone, public, of another VPC, or in a zone without Fargate', async () => {
    assert.deepEqual(await found(subnet('subnet-b', 'apne1-az2', { isPublic: true })), [
      'missing ap-northeast-1 has no subnet-a',
      'missing subnet-b assigns public addresses',
    ])
    assert.deepEqual(
      await found(subnet('subnet-a', 'apne1-az1', { vpc: 'vpc-2' }), subnet('subnet-b', 'apne1-az3')),
      ['missing subnet-a is in vpc-2, not in vpc-1', 'missing subnet-b: Fargate does not run in apne1-az3'],
    )
  })

  test('in one zone', async () => {
    const results = await found(subnet('subnet-b', 'apne1-az1'), subnet('subnet-a', 'apne1-az1'))
    assert.equal(results.at(-1), 'missing subnet-a, subnet-b are all in apne1-az1')
  })
})

test('preflight refuses the networks of a line that nobody filled in, unless the stage has no line', () => {
  assert.deepEqual(texts(checkLineNetworks(STAGES.prod.network)), ['missing 192.0.2.0/24 reaches nobody'])
  assert.deepEqual(texts(checkLineNetworks(EXISTING)), ['ok tasks may reach 198.18.40.0/24'])
  assert.deepEqual(checkLineNetworks(STAGES.dev.network), [])
})
