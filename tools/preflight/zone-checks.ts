/** Checks what AWS offers in the zones of a network: Fargate, and the endpoints through which the tasks reach AWS. */
import {
  type AvailabilityZone,
  DescribeVpcEndpointServicesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2'
import { INTERFACE_SERVICES } from '../../cdk/network/vpc-endpoints.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

const AREA = 'network'

/**
 * Regions with zones where Fargate does not run: the zones where it runs (ECS developer guide, Supported Regions for Amazon ECS on AWS
 * Fargate, Linux containers). No API of AWS returns them.
 */
const FARGATE_ZONES: Readonly<Record<string, readonly string[]>> = {
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
  'us-west-1': ['usw1-az1', 'usw1-az3'],
}

/** Regions where the same page names no zones: Fargate runs in all of them. Other rows of the page were not read. */
const FARGATE_EVERYWHERE: ReadonlySet<string> = new Set([
  'af-south-1',
  'ap-east-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'mx-central-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
])

/** @param place what is in the zone, for people. */
export function checkFargate(place: string, zoneId: string, region: string): CheckResult {
  const zones = FARGATE_ZONES[region]
  if (zones?.includes(zoneId) || FARGATE_EVERYWHERE.has(region))
    return ok(AREA, `${place}: Fargate runs in ${zoneId}`)
  if (zones !== undefined)
    return missing(AREA, `${place}: Fargate does not run in ${zoneId}`, `Choose ${zones.join(', ')}.`)
  return unknown(
    AREA,
    `${place}: whether Fargate runs in ${zoneId} is not known here`,
    `No API returns it. Look for zone ids in the row of ${region} of Supported Regions for Amazon ECS on AWS Fargate (ECS developer guide).`,
  )
}

/**
 * Checks that each interface endpoint can be made in all zones. CloudFormation would fail with "does not support the availability zone
 * of the subnet".
 * @param zoneIds zones of the subnets.
 * @param zones zones of the region.
 */
export async function checkEndpointServices(
  ec2: EC2Client,
  zoneIds: readonly string[],
  zones: readonly AvailabilityZone[],
  region: string,
): Promise<CheckResult[]> {
  const names = INTERFACE_SERVICES.map(service => `com.amazonaws.${region}.${service}`)
  try {
    // Services by name would be one error if the region lacked a single service.
    const { ServiceDetails = [] } = await ec2.send(
      new DescribeVpcEndpointServicesCommand({
        Filters: [
          { Name: 'service-name', Values: names },
          { Name: 'service-type', Values: ['Interface'] },
        ],
      }),
    )
    return names.map(name => {
      const service = ServiceDetails.find(({ ServiceName }) => ServiceName === name)
      if (service === undefined)
        return missing(AREA, `${region} has no endpoint service ${name}`, 'Deploy to another region.')
      const { AvailabilityZoneIds = [], AvailabilityZones = [] } = service
      const offered = zones.flatMap(({ ZoneId = '', ZoneName = '' }) =>
        AvailabilityZoneIds.includes(ZoneId) || AvailabilityZones.includes(ZoneName) ? ZoneId : [],
      )
      const lacking = zoneIds.filter(id => !offered.includes(id))
      if (lacking.length === 0) return ok(AREA, `${name} has endpoints in ${zoneIds.join(', ')}`)
      return missing(
        AREA,
        `${name} has no endpoints in ${lacking.join(', ')}`,
        `Change network.subnets of the stage: ${offered.join(', ')}.`,
      )
    })
  } catch (error) {
    return [unknown(AREA, error, 'Needs ec2:DescribeVpcEndpointServices.')]
  }
}
