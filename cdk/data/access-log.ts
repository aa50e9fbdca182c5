/** The access logs of the APIs. They have no header and no query string, so no token. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway'
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct, type IDependable } from 'constructs'
import { acknowledgeWildcard } from '../nag-wildcard.ts'
import type { LogConfig } from './log-group.ts'

/** Variables of API Gateway that both kinds of API have (API Gateway developer guide, "Configure logging" of HTTP and WebSocket APIs). */
const COMMON = {
  time: '$context.requestTime',
  request: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  integration: '$context.integrationErrorMessage',
} as const
/**
 * No variable has the address of a reader behind CloudFront: access logs have no headers (API Gateway developer guide, "Customize HTTP
 * API access logs"). It is an address of CloudFront, unless somebody calls the API directly. The reader's is in the log of CloudFront, and
 * in that of the function connect.
 */
const ADDRESS = { address: '$context.identity.sourceIp' } as const

/** Returns the format of an access log: a JSON object a line. `fields` are added to those of every API. */
export function accessLogFormat(
  { addresses }: Pick<LogConfig, 'addresses'>,
  fields: Readonly<Record<string, `$context.${string}`>>,
): AccessLogFormat {
  return AccessLogFormat.custom(JSON.stringify({ ...COMMON, ...fields, ...(addresses ? ADDRESS : {}) }))
}

/**
 * The role by which API Gateway writes the logs of WebSocket APIs, one for an account and region. HTTP APIs do without. The role and the setting
 * stay when the stack is deleted, because another stack may use them.
 */
export class GatewayLogRole extends Construct {
  /** What a stage with an access log depends on. */
  readonly account: IDependable

  /** @param api is created before: an account without an API may refuse the role (aws-cloudformation/rain, issue 163). */
  constructor(scope: Construct, id: string, api: IDependable) {
    super(scope, id)
    // Without a condition on aws:SourceAccount: AWS documents none for this role, and API Gateway leaves it out where it assumes another role
    // (aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws, pull request 479: each request failed).
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') })
    const groups = Stack.of(this).formatArn({ service: 'logs', resource: '*' })
    // What the managed policy AmazonAPIGatewayPushToCloudWatchLogs allows on every resource, here as in AWS Solutions Constructs
    // (core/lib/apigateway-helper.ts) on those of this region. Fewer log groups would end the logs of other APIs of the account. API Gateway tries
    // the policy when the role is set: it writes to /aws/apigateway/welcome.
    const policy = new Policy(this, 'Logs', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: [
            'logs:CreateLogGroup',
            'logs:CreateLogStream',
            'logs:DescribeLogGroups',
            'logs:DescribeLogStreams',
            'logs:FilterLogEvents',
            'logs:GetLogEvents',
            'logs:PutLogEvents',
          ],
          resources: [groups],
        }),
      ],
    })
    acknowledgeWildcard(this, groups, 'API Gateway uses the role for the logs of all APIs of the account.')
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn })
    account.node.addDependency(policy, api)
    role.applyRemovalPolicy(RemovalPolicy.RETAIN)
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN)
    account.applyRemovalPolicy(RemovalPolicy.RETAIN)
    this.account = account
  }
}
