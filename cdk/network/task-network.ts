/** Where the ingest tasks run: subnets, and a security group that lets them reach the lines and AWS, and nothing else. */
import { Fn, Validations } from 'aws-cdk-lib'
import { type ISubnet, type IVpc, Peer, Port, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import type { LogSetting } from '../data/log-group.ts'
import type { NetworkConfig } from './network-config.ts'
import { OwnVpc } from './own-vpc.ts'
import { type TaskResources, VpcEndpoints } from './vpc-endpoints.ts'

const HTTPS = Port.tcp(443)

export interface TaskNetworkProps {
  readonly network: NetworkConfig
  readonly logs: LogSetting
  readonly resources: TaskResources
}

export class TaskNetwork extends Construct {
  readonly vpc: IVpc
  readonly subnets: readonly ISubnet[]
  /** The group of all tasks. It accepts no connection. */
  readonly group: SecurityGroup

  constructor(scope: Construct, id: string, { network, logs, resources }: TaskNetworkProps) {
    super(scope, id)
    const { line, prefixLists } = network
    const own = network.kind === 'own' ? new OwnVpc(this, 'Own', { network, line, logs }) : undefined
    const { vpcId, subnetIds } = own ?? (network as Extract<NetworkConfig, { kind: 'existing' }>)
    // An imported VPC must name a zone. Nothing of the stack depends on it.
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones: [Fn.select(0, Fn.getAzs())] })
    this.subnets = subnetIds.map((subnetId, index) => {
      const subnet = Subnet.fromSubnetId(this, `Subnet${index + 1}`, subnetId)
      Validations.of(subnet).acknowledge({
        id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
        reason: 'Nothing asks this subnet for its route table.',
      })
      return subnet
    })
    this.group = this.#addGroup(
      'Tasks',
      'Ingest tasks: they connect to lines and endpoints, and accept nothing.',
    )
    const { from, to } = line.ports
    for (const cidr of line.cidrs)
      this.group.addEgressRule(Peer.ipv4(cidr), Port.tcpRange(from, to), 'The lines')
    for (const [service, list] of Object.entries(prefixLists))
      this.group.addEgressRule(Peer.prefixList(list), HTTPS, `The gateway endpoint of ${service}`)
    if (own !== undefined) {
      const endpoints = this.#addGroup('Endpoints', 'Endpoints: they accept connections of the ingest tasks.')
      this.group.addEgressRule(endpoints, HTTPS, 'The interface endpoints')
      endpoints.addIngressRule(this.group, HTTPS, 'The ingest tasks')
      const { securityGroupId } = endpoints
      new VpcEndpoints(this, 'Endpoint', { ...own, securityGroupId, resources })
    }
    if (network.kind === 'existing')
      for (const cidr of network.endpointCidrs)
        this.group.addEgressRule(Peer.ipv4(cidr), HTTPS, 'The interface endpoints')
  }

  #addGroup(id: string, description: string): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.vpc, allowAllOutbound: false, description })
  }
}
