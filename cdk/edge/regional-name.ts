/** Names of what CloudFront has once for an account, although a stack is in one region. */
import { Aws, Fn, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/**
 * Returns a name with the region of the stack, so that a stack of the same name can be in another region. The CDK names caching
 * policies in the same way, and the other resources of CloudFront without the region.
 */
export function regionalName(scope: Construct, name: string): string {
  return Fn.join('-', [Stack.of(scope).stackName, name, Aws.REGION])
}
