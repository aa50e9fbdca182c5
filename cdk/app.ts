/** The CDK app: one stack for any account and region. */
import { App } from 'aws-cdk-lib'
import { CONTEXT } from './context-flags.ts'
import { Itastream } from './itastream-stack.ts'

const app = new App({
  context: CONTEXT,
  analyticsReporting: false,
  // It takes more than half of the time of a synthesis. Tests validate the template, and so does CloudFormation.
  builtinCloudFormationValidation: false,
})
new Itastream(app, 'Itastream')
