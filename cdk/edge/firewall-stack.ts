/** The firewall of the edge: a web ACL of AWS WAF. CloudFront takes web ACLs of us-east-1 alone, so it is a stack of its own. */
import { ArnFormat, CfnOutput, DefaultStackSynthesizer, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import { stackSuffix } from '../stack-suffix.ts'
import type { StageConfig } from '../stages/stage-config.ts'
import type { EdgeConfig } from './edge-config.ts'
import { firewallRules, TOO_MANY } from './firewall-rules.ts'

/** Where CloudFront finds its web ACLs (WAF developer guide, "Using AWS WAF with CloudFront"). */
const REGION = 'us-east-1'
/** Headers that hold access tokens: of REST requests, and of WebSocket connects. */
const TOKEN_HEADERS = ['authorization', 'sec-websocket-protocol']

export class EdgeFirewall extends Stack {
  constructor(scope: Construct, { stackName, logs, data }: StageConfig, { limits }: EdgeConfig) {
    super(scope, `${stackName}Edge`, {
      description: 'itastream: the firewall of the CloudFront distribution.',
      terminationProtection: data.deletionProtection,
      env: { region: REGION },
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    })
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'CLOUDFRONT',
      description: 'Limits of requests, and requests that are attacks.',
      defaultAction: { allow: {} },
      rules: firewallRules(limits),
      customResponseBodies: {
        [TOO_MANY]: { contentType: 'APPLICATION_JSON', content: '{"message":"Too Many Requests"}' },
      },
      visibilityConfig: {
        cloudWatchMetricsEnabled: true,
        metricName: stackName,
        sampledRequestsEnabled: true,
      },
      // Hides the tokens in logs, samples and everything else that WAF shows, also the key of a limit (WAF developer guide, "Data protection
      // exceptions": without an exception).
      dataProtectionConfig: {
        dataProtections: [
          { field: { fieldType: 'SINGLE_HEADER', fieldKeys: TOKEN_HEADERS }, action: 'SUBSTITUTION' },
        ],
      },
    })
    this.#addLog(acl, stackName, logs)
    new CfnOutput(this, 'WebAclArn', { value: acl.attrArn })
  }

  /** Logs the requests that the firewall refuses, with the address of the reader and without tokens. */
  #addLog(acl: CfnWebACL, stackName: string, { retention, kept }: StageConfig['logs']): void {
    // WAF writes to log groups of this prefix alone (WAF developer guide, "Sending web ACL traffic logs to a log group"). The log outlives
    // the stack, so a new stack of the same name needs a new name.
    const logGroupName = Fn.join('-', ['aws-waf-logs', stackName, stackSuffix()])
    const log = new LogGroup(this, 'Log', {
      logGroupName,
      retention,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    acknowledge(log, {
      CloudWatchLogGroupEncrypted:
        'Refused requests without tokens, in a region without a key of ours. CloudWatch encrypts them by its own.',
    })
    // LogGroup.logGroupArn ends with `:*`, which WAF refuses.
    const destination = this.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    const logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [destination],
      redactedFields: TOKEN_HEADERS.map(Name => ({ singleHeader: { Name } })),
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    })
    logging.node.addDependency(log)
  }
}
