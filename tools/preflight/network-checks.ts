/** Checks the network of a stage against its account and region: zones, subnets, prefix lists, transit gateway. */
import {
  DescribeAvailabilityZonesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSubnetsCommand,
  DescribeTransitGatewaysCommand,
  type EC2Client,
  type Subnet,
} from '@aws-sdk/client-ec2'
import type { ExistingNetwork, NetworkConfig, OwnNetwork } from '../../cdk/network/network-config.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'
import { checkEndpointServices, checkFargate } from './zone-checks.ts'

const AREA = 'network'

/** @param region where the stack is deployed. */
export async function checkNetwork(
  ec2: EC2Client,
  network: NetworkConfig,
  region: string,
): Promise<CheckResult[]> {
  const results = await Promise.all([
    network.kind === 'own' ? checkZones(ec2, network, region) : checkSubnets(ec2, network, region),
    checkPrefixLists(ec2, network.prefixLists, region),
    network.kind === 'own' && network.route.kind === 'transit-gateway'
      ? checkTransitGateway(ec2, network.route.transitGatewayId)
      : [],
  ])
  return results.flat()
}

async function checkZones(
  ec2: EC2Client,
  { subnets }: OwnNetwork,
  region: string,
): Promise<readonly CheckResult[]> {
  try {
    const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}))
    const offered = AvailabilityZones.flatMap(({ ZoneId }) => ZoneId ?? [])
    const zoneIds = subnets.map(({ zoneId }) => zoneId)
    const known = zoneIds.filter(id => offered.includes(id))
    return [
      ...zoneIds.map(id =>
        offered.includes(id)
          ? checkFargate(id, id, region)
          : missing(
              AREA,
              `${region} has no ${id}, only ${offered.join(', ')}`,
              'Change network.subnets of the stage.',
            ),
      ),
      ...(await checkEndpointServices(ec2, known, AvailabilityZones, region)),
    ]
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeAvailabilityZones.')]
  }
}

async function checkSubnets(
  ec2: EC2Client,
  { vpcId, subnetIds }: ExistingNetwork,
  region: string,
): Promise<readonly CheckResult[]> {
  try {
    // Subnets by id would be one error if a single subnet did not exist.
    const { Subnets = [] } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...subnetIds] }] }),
    )
    const results = subnetIds.map(id => {
      const subnet = Subnets.find(({ SubnetId }) => SubnetId === id)
      return checkSubnet(id, subnet, vpcId, region)
    })
    return [...results, ...sharedZones(Subnets)]
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeSubnets.')]
  }
}

function checkSubnet(id: string, subnet: Subnet | undefined, vpcId: string, region: string): CheckResult {
  const todo = 'Change network.subnetIds of the stage.'
  if (subnet === undefined) return missing(AREA, `${region} has no ${id}`, todo)
  if (subnet.VpcId !== vpcId) return missing(AREA, `${id} is in ${subnet.VpcId}, not in ${vpcId}`, todo)
  if (subnet.MapPublicIpOnLaunch)
    return missing(AREA, `${id} assigns public addresses`, 'Name private subnets in network.subnetIds.')
  return checkFargate(id, subnet.AvailabilityZoneId ?? 'no zone', region)
}

/** Two subnets of one zone end together when the zone fails. */
function sharedZones(subnets: readonly Subnet[]): CheckResult[] {
  const byZone = Map.groupBy(subnets, ({ AvailabilityZoneId }) => AvailabilityZoneId)
  return [...byZone].flatMap(([zone, shared]) => {
    if (shared.length === 1) return []
    const ids = shared.map(({ SubnetId }) => SubnetId).sort()
    return [missing(AREA, `${ids.join(', ')} are all in ${zone}`, 'Name subnets in different zones.')]
  })
}

async function checkPrefixLists(
  ec2: EC2Client,
  expected: NetworkConfig['prefixLists'],
  region: string,
): Promise<readonly CheckResult[]> {
  const names = { s3: `com.amazonaws.${region}.s3`, dynamodb: `com.amazonaws.${region}.dynamodb` }
  try {
    const { PrefixLists = [] } = await ec2.send(
      new DescribeManagedPrefixListsCommand({
        Filters: [{ Name: 'prefix-list-name', Values: Object.values(names) }],
      }),
    )
    return (['s3', 'dynamodb'] as const).map(service => {
      const name = names[service]
      const id = PrefixLists.find(({ PrefixListName }) => PrefixListName === name)?.PrefixListId
      if (id === expected[service]) return ok(AREA, `${name} is ${id}`)
      return missing(
        AREA,
        `${name} is ${id ?? 'unknown to the region'}, not ${expected[service]}`,
        `Change network.prefixLists.${service} of the stage.`,
      )
    })
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeManagedPrefixLists.')]
  }
}

/** The gateway may be of another account that shares it with this one. */
async function checkTransitGateway(ec2: EC2Client, id: string): Promise<readonly CheckResult[]> {
  try {
    const { TransitGateways = [] } = await ec2.send(
      new DescribeTransitGatewaysCommand({ Filters: [{ Name: 'transit-gateway-id', Values: [id] }] }),
    )
    const state = TransitGateways[0]?.State
    if (state === 'available') return [ok(AREA, `${id} is available`)]
    const found = state === undefined ? `no ${id}` : `${id} is ${state}`
    return [missing(AREA, found, 'Change network.route of the stage, or accept the share of the gateway.')]
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeTransitGateways.')]
  }
}
