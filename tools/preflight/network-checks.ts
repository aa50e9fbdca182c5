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

const AREA = 'network'

/** Zones where Fargate runs, by region, for regions whose list was read (ECS developer guide, Supported Regions for Fargate). */
const FARGATE_ZONES: Readonly<Record<string, readonly string[]>> = {
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
}

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
    return subnets.map(({ zoneId }) =>
      offered.includes(zoneId)
        ? checkFargate(zoneId, zoneId, region)
        : missing(
            AREA,
            `${region} has no ${zoneId}, only ${offered.join(', ')}`,
            'Change network.subnets of the stage.',
          ),
    )
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeAvailabilityZones.')]
  }
}

/** @param place what is in the zone, for people. */
function checkFargate(place: string, zoneId: string, region: string): CheckResult {
  const zones = FARGATE_ZONES[region]
  if (zones === undefined)
    return unknown(
      AREA,
      `${place}: whether Fargate runs in ${zoneId} is not known here`,
      'See Supported Regions for Fargate in the ECS developer guide.',
    )
  if (zones.includes(zoneId)) return ok(AREA, `${place}: Fargate runs in ${zoneId}`)
  return missing(AREA, `${place}: Fargate does not run in ${zoneId}`, `Choose ${zones.join(', ')}.`)
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
