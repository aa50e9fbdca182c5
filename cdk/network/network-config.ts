/** The network of the ingest tasks: the part of a stage that says how they reach AWS and the lines. */

/** Where the hosts of the lines are. A task may open connections to these addresses and ports, and to no others outside AWS. */
export interface LineNetwork {
  /** Networks of the hosts, as CIDR blocks: `198.18.40.0/24`. */
  readonly cidrs: readonly string[]
  /** TCP ports of the hosts, both ends included. */
  readonly ports: { readonly from: number; readonly to: number }
}

/** How packets for the hosts of the lines leave the VPC. */
export type LineRoute =
  /** Through a virtual private gateway that the stack makes. Connect Direct Connect or a VPN to it: it announces the routes. */
  | { readonly kind: 'vpn-gateway' }
  /** Through a transit gateway that exists: the stack makes the attachment and a route for each of the line's networks. */
  | { readonly kind: 'transit-gateway'; readonly transitGatewayId: string }
  /** No route: the stage has no line. */
  | { readonly kind: 'none' }

/**
 * The AWS-managed prefix lists of the region for S3 and DynamoDB: `aws ec2 describe-managed-prefix-lists --filters
 * Name=owner-id,Values=AWS`. CloudFormation cannot look them up. AWS refuses a deployment with lists of another region.
 */
interface GatewayAddresses {
  readonly prefixLists: { readonly s3: string; readonly dynamodb: string }
}

/** A VPC that the stack makes, without any way to the internet. */
export interface OwnNetwork extends GatewayAddresses {
  readonly kind: 'own'
  /** Addresses of the VPC. They must not overlap with networks behind the route. A change replaces the VPC and all tasks. */
  readonly cidr: string
  /**
   * One private subnet a zone. Zones are named by their ids, which mean the same zone in each account. A subnet needs 16 addresses
   * at least: AWS takes five (VPC user guide, Subnet sizing), the endpoints five, and tasks the rest. Endpoints are paid by the zone.
   */
  readonly subnets: readonly { readonly zoneId: string; readonly cidr: string }[]
  readonly route: LineRoute
  /** Which packets the flow log has. */
  readonly flowLogs: 'ALL' | 'REJECT'
}

/**
 * A VPC of the broker, for example of a landing zone. Its endpoints, their policies, its routes and its flow logs are the
 * broker's: kinesis-streams, ecr.api, ecr.dkr, logs and secretsmanager with private DNS, and gateway endpoints for S3 and DynamoDB.
 */
export interface ExistingNetwork extends GatewayAddresses {
  readonly kind: 'existing'
  readonly vpcId: string
  /** Private subnets, in as many zones as possible. */
  readonly subnetIds: readonly string[]
  /** Addresses of the interface endpoints, as CIDR blocks. */
  readonly endpointCidrs: readonly string[]
}

export type NetworkConfig = (OwnNetwork | ExistingNetwork) & { readonly line: LineNetwork }

/** S3 and DynamoDB in Tokyo (ap-northeast-1). */
export const TOKYO_PREFIX_LISTS = { s3: 'pl-61a54008', dynamodb: 'pl-78a54011' }
