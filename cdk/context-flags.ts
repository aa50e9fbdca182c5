import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }

/**
 * Context of the app, here and not in cdk.json, so that the CDK CLI, a bare `node cdk/app.ts` and the tests make the
 * same template: the library's recommended behaviours, but for one.
 */
export const CONTEXT: Readonly<Record<string, unknown>> = {
  ...recommended,
  // Would need a custom resource; no instance or task is in the default security group.
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': false,
}
