/** How the ingest tasks reach the lines and AWS, and who reaches them. */
import type { NetworkConfig } from '../../../cdk/network/network-config.ts'
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

type Resources = Readonly<Record<string, Resource>>

/** Resources that lead packets to the internet. */
const INTERNET: ReadonlySet<string> = new Set([
  'AWS::EC2::InternetGateway',
  'AWS::EC2::EgressOnlyInternetGateway',
  'AWS::EC2::NatGateway',
  'AWS::EC2::EIP',
])

interface Rule {
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly CidrIp?: string
  readonly DestinationPrefixListId?: string
  readonly DestinationSecurityGroupId?: unknown
  readonly SourceSecurityGroupId?: unknown
  readonly GroupId?: unknown
}

/** CDK writes this rule for a group without a rule, because AWS would otherwise allow everything. */
const NOTHING = '255.255.255.255/32'

const entriesOf = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type)

/** Returns the logical id in `Ref` or `Fn::GetAtt`. */
function idOf(value: unknown): string | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] }
  return Ref ?? attribute?.[0]
}

/** Returns the logical ids of the groups that the tasks are in. */
function taskGroups(resources: Resources): Set<string> {
  return new Set(
    entriesOf(resources, 'AWS::ECS::Service').flatMap(([, { Properties }]) => {
      const { AwsvpcConfiguration } = Properties.NetworkConfiguration as {
        AwsvpcConfiguration: { SecurityGroups?: readonly unknown[] }
      }
      return (AwsvpcConfiguration.SecurityGroups ?? []).map(group => idOf(group) ?? JSON.stringify(group))
    }),
  )
}

/** Returns the rules of groups in one direction, each with the logical id of its group. */
function rulesOf(resources: Resources, direction: 'Egress' | 'Ingress'): [group: string, rule: Rule][] {
  const inside = entriesOf(resources, 'AWS::EC2::SecurityGroup').flatMap(([id, { Properties }]) =>
    ((Properties[`SecurityGroup${direction}`] ?? []) as readonly Rule[]).map((rule): [string, Rule] => [
      id,
      rule,
    ]),
  )
  const alone = entriesOf(resources, `AWS::EC2::SecurityGroup${direction}`).map(
    ([, { Properties }]): [string, Rule] => [String(idOf(Properties.GroupId)), Properties as Rule],
  )
  return [...inside, ...alone]
}

export function waysToTheInternet(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (INTERNET.has(Type)) return [`${id}: expected no way to the internet, got ${Type}`]
    if (Type === 'AWS::EC2::Route' && /^(0\.0\.0\.0|::)\/0$/.test(String(Properties.DestinationCidrBlock)))
      return [`${id}: expected routes to the lines alone, got ${String(Properties.DestinationCidrBlock)}`]
    if (Type === 'AWS::EC2::Subnet' && Properties.MapPublicIpOnLaunch !== false)
      return [`${id}: expected a private subnet`]
    if (Type !== 'AWS::ECS::Service') return []
    const { AwsvpcConfiguration } = Properties.NetworkConfiguration as {
      AwsvpcConfiguration: { AssignPublicIp?: string }
    }
    const { AssignPublicIp } = AwsvpcConfiguration
    return AssignPublicIp === 'DISABLED' ? [] : [`${id}: expected no public address, got ${AssignPublicIp}`]
  })
}

/** Returns the rules by which a task reaches more than the lines, the endpoints, S3 and DynamoDB. */
export function otherDestinations(resources: Resources, network: NetworkConfig): string[] {
  const { line, prefixLists } = network
  const lists: readonly string[] = Object.values(prefixLists)
  const endpoints = network.kind === 'existing' ? network.endpointCidrs : []
  const isAllowed = (rule: Rule): boolean => {
    if (rule.CidrIp === NOTHING) return true
    if (rule.IpProtocol !== 'tcp') return false
    const isHttps = rule.FromPort === 443 && rule.ToPort === 443
    if (rule.CidrIp !== undefined && line.cidrs.includes(rule.CidrIp))
      return rule.FromPort === line.ports.from && rule.ToPort === line.ports.to
    if (rule.CidrIp !== undefined) return isHttps && endpoints.includes(rule.CidrIp)
    if (rule.DestinationPrefixListId !== undefined)
      return isHttps && lists.includes(rule.DestinationPrefixListId)
    return isHttps && resources[String(idOf(rule.DestinationSecurityGroupId))] !== undefined
  }
  const groups = taskGroups(resources)
  const rules = rulesOf(resources, 'Egress').filter(([group]) => groups.has(group))
  // A group without rules allows everything.
  const open = [...groups].filter(id => !rules.some(([group]) => group === id))
  return [
    ...open.map(id => `${id}: expected rules for what the tasks send, got none`),
    ...rules
      .filter(([, rule]) => !isAllowed(rule))
      .map(
        ([group, rule]) =>
          `${group}: expected a line, an endpoint, S3 or DynamoDB, got ${JSON.stringify(rule)}`,
      ),
  ]
}

/** Returns the rules by which more than the tasks reach an endpoint, or anything reaches a task. */
export function otherSources(resources: Resources): string[] {
  const groups = taskGroups(resources)
  return rulesOf(resources, 'Ingress')
    .filter(([group, rule]) => {
      const isHttps = rule.IpProtocol === 'tcp' && rule.FromPort === 443 && rule.ToPort === 443
      const source = idOf(rule.SourceSecurityGroupId ?? {})
      return groups.has(group) || !isHttps || source === undefined || !groups.has(source)
    })
    .map(([group, rule]) => `${group}: expected the tasks at 443 of an endpoint, got ${JSON.stringify(rule)}`)
}

/** Returns the endpoints whose policy allows more than some actions on resources of this account, or ECR's layers. */
export function openEndpoints(resources: Resources): string[] {
  return entriesOf(resources, 'AWS::EC2::VPCEndpoint').flatMap(([id, { Properties }]) => {
    const { PolicyDocument, VpcEndpointType, PrivateDnsEnabled } = Properties
    const { Statement } = (PolicyDocument ?? { Statement: [] }) as {
      Statement: readonly { Action: string | readonly string[]; Resource: unknown; Condition?: unknown }[]
    }
    const findings = Statement.flatMap(({ Action, Resource, Condition }) => {
      const actions = [Action].flat()
      const isLayer = JSON.stringify(Resource).includes('-starport-layer-bucket/*')
      const isLogin = actions.length === 1 && actions[0] === 'ecr:GetAuthorizationToken'
      const isOurs = JSON.stringify(Condition)?.includes('aws:PrincipalAccount') === true
      return [
        ...actions.filter(action => action.includes('*')).map(action => `${id}: a star in ${action}`),
        ...(Resource === '*' && !isLogin ? [`${id}: every resource for ${actions.join(', ')}`] : []),
        ...(isOurs || isLayer ? [] : [`${id}: expected principals of this account alone`]),
      ]
    })
    if (Statement.length === 0) findings.push(`${id}: expected a policy`)
    if (VpcEndpointType === 'Interface' && PrivateDnsEnabled !== true)
      findings.push(`${id}: expected private DNS`)
    return findings
  })
}

/** Returns what would be in the default security group of its VPC, which allows everything out. */
export function withoutGroup(resources: Resources): string[] {
  const services = entriesOf(resources, 'AWS::ECS::Service').flatMap(([id, { Properties }]) => {
    const { AwsvpcConfiguration } = Properties.NetworkConfiguration as {
      AwsvpcConfiguration: { SecurityGroups?: readonly unknown[] }
    }
    return (AwsvpcConfiguration.SecurityGroups ?? []).length > 0 ? [] : [id]
  })
  const endpoints = entriesOf(resources, 'AWS::EC2::VPCEndpoint').flatMap(([id, { Properties }]) =>
    Properties.VpcEndpointType === 'Interface' && Properties.SecurityGroupIds === undefined ? [id] : [],
  )
  const functions = entriesOf(resources, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const groups = (Properties.VpcConfig as { SecurityGroupIds?: readonly unknown[] } | undefined)
      ?.SecurityGroupIds
    return Properties.VpcConfig === undefined || (groups ?? []).length > 0 ? [] : [id]
  })
  return [...services, ...endpoints, ...functions].map(id => `${id}: expected a security group of its own`)
}

/** Returns the VPCs whose traffic no flow log has. */
export function unloggedVpcs(resources: Resources, traffic: 'ALL' | 'REJECT'): string[] {
  const logged = new Set(
    entriesOf(resources, 'AWS::EC2::FlowLog')
      .filter(([, { Properties }]) => Properties.TrafficType === 'ALL' || Properties.TrafficType === traffic)
      .map(([, { Properties }]) => idOf(Properties.ResourceId)),
  )
  return entriesOf(resources, 'AWS::EC2::VPC').flatMap(([id]) =>
    logged.has(id) ? [] : [`${id}: expected a flow log of ${traffic}`],
  )
}

/** Returns a finding if the stack makes a VPC that has no route to the lines. */
export function withoutLineRoute(resources: Resources, { line }: NetworkConfig): string[] {
  if (entriesOf(resources, 'AWS::EC2::VPC').length === 0) return []
  if (entriesOf(resources, 'AWS::EC2::VPNGatewayRoutePropagation').length > 0) return []
  const routed = entriesOf(resources, 'AWS::EC2::Route').map(
    ([, { Properties }]) => Properties.DestinationCidrBlock,
  )
  return line.cidrs
    .filter(cidr => !routed.includes(cidr))
    .map(cidr => `expected a route to ${cidr}, got none`)
}

interface Container {
  readonly Environment?: readonly { readonly Name: string }[]
  readonly Secrets?: readonly { readonly Name: string; readonly ValueFrom: unknown }[]
}

/** Returns the logins of tasks that are in the template, or in a secret that it makes. */
export function loginsInTemplate(resources: Resources): string[] {
  const made = entriesOf(resources, 'AWS::SecretsManager::Secret').map(([id]) => id)
  return entriesOf(resources, 'AWS::ECS::TaskDefinition').flatMap(([task, { Properties }]) =>
    (Properties.ContainerDefinitions as readonly Container[]).flatMap(
      ({ Environment = [], Secrets = [] }) => [
        ...Environment.filter(({ Name }) => /PASSWORD|SECRET|TOKEN|_USER$/.test(Name)).map(
          ({ Name }) => `${task}: expected ${Name} from a secret, got a value`,
        ),
        ...Secrets.filter(({ ValueFrom }) =>
          made.some(id => JSON.stringify(ValueFrom).includes(`"${id}"`)),
        ).map(
          ({ Name }) => `${task}: expected ${Name} from a secret that exists before, got one of the template`,
        ),
      ],
    ),
  )
}

export const NETWORK: readonly CloudProperty[] = [
  inEachStage('network', 'no task has a public address, and its VPC has no way to the internet', stage =>
    waysToTheInternet(stage.resources),
  ),
  inEachStage(
    'network',
    'a task sends to the lines, the endpoints, S3 and DynamoDB, and nowhere else',
    stage => otherDestinations(stage.resources, stage.stage.network),
  ),
  inEachStage('network', 'no task accepts a connection, and an endpoint accepts only the tasks', stage =>
    otherSources(stage.resources),
  ),
  inEachStage('network', 'every endpoint has a policy for named actions, resources and this account', stage =>
    openEndpoints(stage.resources),
  ),
  inEachStage('network', 'nothing is in the default security group of a VPC', stage =>
    withoutGroup(stage.resources),
  ),
  inEachStage(
    'network',
    'a flow log has all traffic of the VPC; in dev what is refused',
    ({ stage, resources }) => unloggedVpcs(resources, stage.name === 'dev' ? 'REJECT' : 'ALL'),
  ),
  inEachStage('network', 'test and prod have a private route to the lines', ({ stage, resources }) =>
    stage.name === 'dev' ? [] : withoutLineRoute(resources, stage.network),
  ),
  inEachStage('network', 'no user and no password of a line is in the template', stage =>
    loginsInTemplate(stage.resources),
  ),
]
