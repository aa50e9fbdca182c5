/** Feature flags of the CDK app. */
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }

/**
 * Context of the app: the recommended feature flags of aws-cdk-lib, except one. It is not in cdk.json, so that the CDK
 * CLI, `node cdk/app.ts` and the tests synthesize the same template.
 */
export const CONTEXT: Readonly<Record<string, unknown>> = {
  ...recommended,
  // The flag needs a custom resource. No task uses the default security group.
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': false,
}
