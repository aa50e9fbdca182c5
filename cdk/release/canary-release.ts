/** Deployments of the functions that answer users: a tenth of the calls first, and back to the old version by an alarm. */
import { Aws, type CfnResource, Stack } from 'aws-cdk-lib'
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnApplication, CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy'
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { LIVE_ALIAS } from '../../contract/live-alias.ts'
import type { ItaFunction } from '../ita-function.ts'
import { acknowledgeWildcard } from '../nag-wildcard.ts'
import type { ReleaseConfig } from './release-config.ts'

/** 10 % for five minutes, then everything: a configuration of CodeDeploy (user guide, Lambda deployment configurations). */
const CANARY = 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
/** Everything at once. */
const AT_ONCE = 'CodeDeployDefault.LambdaAllAtOnce'

/** Functions that go live together, and the alarm that ends their deployment. */
export interface Released {
  readonly functions: readonly ItaFunction[]
  readonly alarm: Alarm
}

/**
 * Lets CodeDeploy move the aliases of functions, when their versions change.
 *
 * Only functions that answer users are deployed this way, because each of their calls is on its own. The others are replaced at
 * once. `broadcast` has the log of rounds in memory: two versions would each get a part of the batches of a shard, and each log
 * would lack the rounds of the other. `store-ticks` and `push-room` work for `broadcast` and the stream, and what a wrong version
 * writes raises no alarm. What runs by a schedule has too few calls for a tenth of them.
 *
 * While an alias has two versions, its provisioned concurrency cannot change (Lambda developer guide, provisioned concurrency).
 * So for five minutes market-hours fails to change that of `connect` and `message`, and does it in its next run. Of all
 * functions deployed this way, these two have some at peaks alone, which begin 15 minutes before the opening.
 */
export class CanaryRelease extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { released, config }: { readonly released: readonly Released[]; readonly config: ReleaseConfig },
  ) {
    super(scope, id)
    const application = new CfnApplication(this, 'Application', { computePlatform: 'Lambda' })
    const functions = released.flatMap(each => each.functions)
    const { role, policy } = this.#addRole(application, functions)
    for (const { functions, alarm } of released)
      for (const fn of functions) {
        const group = new CfnDeploymentGroup(this, fn.node.id, {
          applicationName: application.ref,
          serviceRoleArn: role.roleArn,
          deploymentConfigName: config.isPastAlarms ? AT_ONCE : CANARY,
          deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
          alarmConfiguration: { enabled: !config.isPastAlarms, alarms: [{ name: alarm.alarmName }] },
          autoRollbackConfiguration: {
            enabled: true,
            events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
          },
        })
        group.node.addDependency(policy)
        const alias = fn.live.node.defaultChild as CfnResource
        // A deployment past the alarms changes the group first, and deploys by it then.
        alias.addResourceDependency(group)
        alias.cfnOptions.updatePolicy = {
          codeDeployLambdaAliasUpdate: { applicationName: application.ref, deploymentGroupName: group.ref },
        }
      }
  }

  /**
   * The rights of the managed policy AWSCodeDeployRoleForLambdaLimited, for these functions alone, and without hooks and files in
   * S3: CloudFormation hands over the versions in the request.
   */
  #addRole(
    application: CfnApplication,
    functions: readonly ItaFunction[],
  ): { readonly role: Role; readonly policy: Policy } {
    const stack = Stack.of(this)
    const role = new Role(this, 'Role', {
      // CodeDeploy user guide, cross-service confused deputy prevention.
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'codedeploy',
              resource: `deploymentgroup:${application.ref}/*`,
            }),
          },
        },
      }),
    })
    const alarms = stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' })
    const arns = functions.map(({ lambda }) => lambda.functionArn)
    const policy = new Policy(this, 'Policy', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
          resources: arns.flatMap(arn => [arn, `${arn}:${LIVE_ALIAS}`]),
        }),
        new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: [alarms] }),
      ],
    })
    acknowledgeWildcard(
      policy,
      alarms,
      'DescribeAlarms reads alarms by their names; it has no narrower resource.',
    )
    return { role, policy }
  }
}
