import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type NetworkConfig, TOKYO_PREFIX_LISTS } from '../../cdk/network/network-config.ts'
import { PROD } from '../../cdk/stages/prod.ts'
import { NETWORK } from '../../tools/check-cloud/properties/network.ts'
import { synthesizeOnce } from '../../tools/check-cloud/stage-synthesis.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'

const LINE = { cidrs: ['198.18.40.0/24', '198.18.41.0/24'], ports: { from: 7001, to: 7006 } }

/** Returns the stack of prod in another network. */
const synthesizeIn = (network: NetworkConfig) => synthesizeOnce({ ...PROD, network })

const TRANSIT = synthesizeIn({
  kind: 'own',
  cidr: '10.9.0.0/26',
  subnets: [{ zoneId: 'apne1-az2', cidr: '10.9.0.0/27' }],
  prefixLists: TOKYO_PREFIX_LISTS,
  route: { kind: 'transit-gateway', transitGatewayId: 'tgw-0123456789abcdef0' },
  flowLogs: 'ALL',
  line: LINE,
})
const EXISTING = synthesizeIn({
  kind: 'existing',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  endpointCidrs: ['10.1.0.0/24'],
  prefixLists: TOKYO_PREFIX_LISTS,
  line: LINE,
})

const ofType = (synthesis: typeof TRANSIT, type: string): readonly Readonly<Record<string, unknown>>[] =>
  Object.values(synthesis.resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []))

suite('the network of the tasks', () => {
  test('has a route to each network of the lines through a transit gateway', () => {
    assert.deepEqual(ofType(TRANSIT, 'AWS::EC2::Route').map(plain), [
      'DestinationCidrBlock=198.18.40.0/24 RouteTableId=IngestNetworkOwnRoutes TransitGatewayId=tgw-0123456789abcdef0',
      'DestinationCidrBlock=198.18.41.0/24 RouteTableId=IngestNetworkOwnRoutes TransitGatewayId=tgw-0123456789abcdef0',
    ])
    assert.deepEqual(
      ofType(TRANSIT, 'AWS::EC2::TransitGatewayVpcAttachment').map(({ Tags: _, ...rest }) => plain(rest)),
      ['SubnetIds=IngestNetworkOwnSubnet1 TransitGatewayId=tgw-0123456789abcdef0 VpcId=IngestNetworkOwnVpc'],
    )
    const routes = Object.values(TRANSIT.resources).filter(({ Type }) => Type === 'AWS::EC2::Route')
    for (const { DependsOn } of routes) assert.match(plain(DependsOn), /TransitGatewayAttachment/)
  })

  test('learns the routes of Direct Connect or a VPN in prod', () => {
    const prod = synthesize()
    assert.equal(ofType(prod, 'AWS::EC2::Route').length, 0)
    assert.deepEqual(ofType(prod, 'AWS::EC2::VPNGatewayRoutePropagation').map(plain), [
      'RouteTableIds=IngestNetworkOwnRoutes VpnGatewayId=IngestNetworkOwnVpnGateway',
    ])
  })

  test('may be a VPC that exists: the stack makes nothing but the group of the tasks', () => {
    const made = Object.values(EXISTING.resources).flatMap(({ Type }) =>
      Type.startsWith('AWS::EC2::') ? [Type] : [],
    )
    assert.deepEqual([...new Set(made)].sort(), ['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupEgress'])
    for (const { NetworkConfiguration } of ofType(EXISTING, 'AWS::ECS::Service'))
      assert.match(
        plain(NetworkConfiguration),
        /AssignPublicIp=DISABLED .*Subnets=subnet-0123456789abcdef0, subnet-0123456789abcdef1/,
      )
  })

  test('breaks no rule that prod does not break, and no property, in either kind', async () => {
    const known = new Set(synthesize().violations.map(({ rule }) => rule))
    for (const synthesis of [TRANSIT, EXISTING]) {
      assert.deepEqual(
        synthesis.violations.filter(({ rule }) => !known.has(rule)),
        [],
      )
      for (const { holds, find } of NETWORK)
        assert.deepEqual(await find({ dev: synthesis, test: synthesis, prod: synthesis }), [], holds)
    }
  })
})
