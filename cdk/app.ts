/** The CDK app: one stack for any account and region. */
import { App } from 'aws-cdk-lib'
import { CONTEXT } from './context-flags.ts'
import { Itastream } from './itastream-stack.ts'

const app = new App({
  context: CONTEXT,
  analyticsReporting: false,
  // More than half of the time of a synthesis. The tests validate, and CloudFormation does before it deploys.
  builtinCloudFormationValidation: false,
})
new Itastream(app, 'Itastream')
