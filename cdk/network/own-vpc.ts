/** A VPC without any way to the internet: private subnets, a route to the line, and a flow log. */
import { Aws, type CfnResource } from 'aws-cdk-lib'
import {
  CfnFlowLog,
  CfnRoute,
  CfnRouteTable,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnTransitGatewayVpcAttachment,
  CfnVPC,
  CfnVPCGatewayAttachment,
  CfnVPNGateway,
  CfnVPNGatewayRoutePropagation,
} from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import { addLog, type LogSetting } from '../data/log-group.ts'
import type { LineNetwork, LineRoute, OwnNetwork } from './network-config.ts'

/** Seconds of traffic in a record of the flow log: the shortest that AWS has (FlowLog, MaxAggregationInterval). */
const FLOW_LOG_INTERVAL = 60

export interface OwnVpcProps {
  readonly network: OwnNetwork
  readonly line: LineNetwork
  readonly logs: LogSetting
}

export class OwnVpc extends Construct {
  readonly vpcId: string
  readonly subnetIds: readonly string[]
  readonly routeTableId: string

  constructor(scope: Construct, id: string, { network, line, logs }: OwnVpcProps) {
    super(scope, id)
    // The private names of the endpoints need both (VPC user guide, DNS attributes).
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: network.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
    })
    acknowledge(vpc, {
      VPCDefaultSecurityGroupClosed:
        'Nothing is in the default group. CloudFormation removes its rules only by a custom resource.',
    })
    this.vpcId = vpc.ref
    const routes = new CfnRouteTable(this, 'Routes', { vpcId: vpc.ref })
    this.routeTableId = routes.ref
    this.subnetIds = network.subnets.map(({ zoneId, cidr }, index) => {
      const subnet = new CfnSubnet(this, `Subnet${index + 1}`, {
        vpcId: vpc.ref,
        availabilityZoneId: zoneId,
        cidrBlock: cidr,
        mapPublicIpOnLaunch: false,
      })
      new CfnSubnetRouteTableAssociation(this, `Subnet${index + 1}Routes`, {
        subnetId: subnet.ref,
        routeTableId: routes.ref,
      })
      return subnet.ref
    })
    this.#addRoute(network.route, line)
    this.#addFlowLog(network.flowLogs, logs)
  }

  #addRoute(route: LineRoute, { cidrs }: LineNetwork): void {
    const { vpcId, routeTableId } = this
    if (route.kind === 'vpn-gateway') {
      const gateway = new CfnVPNGateway(this, 'VpnGateway', { type: 'ipsec.1' })
      const attachment = new CfnVPCGatewayAttachment(this, 'VpnGatewayAttachment', {
        vpcId,
        vpnGatewayId: gateway.ref,
      })
      after(
        attachment,
        new CfnVPNGatewayRoutePropagation(this, 'LineRoutes', {
          routeTableIds: [routeTableId],
          vpnGatewayId: gateway.ref,
        }),
      )
    } else if (route.kind === 'transit-gateway') {
      const { transitGatewayId } = route
      const attachment = new CfnTransitGatewayVpcAttachment(this, 'TransitGatewayAttachment', {
        transitGatewayId,
        vpcId,
        subnetIds: [...this.subnetIds],
      })
      for (const [index, destinationCidrBlock] of cidrs.entries())
        after(
          attachment,
          new CfnRoute(this, `LineRoute${index + 1}`, {
            routeTableId,
            destinationCidrBlock,
            transitGatewayId,
          }),
        )
    }
  }

  #addFlowLog(trafficType: OwnNetwork['flowLogs'], logs: LogSetting): void {
    const log = addLog(this, 'FlowLogs', logs)
    const role = new Role(this, 'FlowLogRole', {
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    })
    // Without logs:CreateLogGroup of the user guide, because the group exists.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [log.logGroupArn],
      }),
    )
    new CfnFlowLog(this, 'FlowLog', {
      resourceId: this.vpcId,
      resourceType: 'VPC',
      trafficType,
      logDestinationType: 'cloud-watch-logs',
      logGroupName: log.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
      maxAggregationInterval: FLOW_LOG_INTERVAL,
    })
  }
}

/** A gateway takes routes only while it is attached. */
function after(attachment: CfnResource, route: CfnResource): void {
  route.addResourceDependency(attachment)
}
