/** The stacks of a stage. */
import { type Stack, Tags } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { EdgeFirewall } from './edge/firewall-stack.ts'
import { Itastream } from './itastream-stack.ts'
import type { StageConfig } from './stages/stage-config.ts'

export interface StageStacks {
  readonly main: Itastream
  /** In us-east-1. Absent if the stage has no edge. */
  readonly firewall: EdgeFirewall | undefined
}

/** Adds the stacks of a stage to an app. All their resources have the tags of the stage. */
export function addStacks(scope: Construct, stage: StageConfig): StageStacks {
  const firewall = stage.edge && new EdgeFirewall(scope, stage, stage.edge)
  const main = new Itastream(scope, stage)
  const stacks: readonly Stack[] = [main, ...(firewall === undefined ? [] : [firewall])]
  for (const [name, value] of Object.entries({ 'itastream:stage': stage.name, ...stage.tags }))
    for (const stack of stacks) Tags.of(stack).add(name, value)
  return { main, firewall }
}
