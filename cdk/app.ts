/** The CDK app: the stacks of one stage, for any account and region. */
import { App } from 'aws-cdk-lib'
import { CONTEXT } from './context-flags.ts'
import { addStacks } from './stage-stacks.ts'
import { readStage } from './stages/stages.ts'

const app = new App({
  context: CONTEXT,
  analyticsReporting: false,
  // It takes more than half of the time of a synthesis. Tests validate the template, and so does CloudFormation.
  builtinCloudFormationValidation: false,
})
addStacks(app, readStage(app.node))
