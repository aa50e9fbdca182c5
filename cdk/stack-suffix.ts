/** A text that makes a name unique in an account and region. */
import { Aws, Fn } from 'aws-cdk-lib'

/** Returns the first part of the random text at the end of the id of the stack: `arn:…:stack/NAME/a1b2c3d4-…`. */
export function stackSuffix(): string {
  return Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))))
}
