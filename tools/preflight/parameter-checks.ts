/** Checks the values of the stack's parameters: those of the command line, those of the stack that exists, and the defaults. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { addStacks } from '../../cdk/stage-stacks.ts'
import type { StageConfig } from '../../cdk/stages/stage-config.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

export interface DeclaredParameter {
  readonly Default?: string
  readonly AllowedPattern?: string
  readonly MaxLength?: number
  readonly MinValue?: number
  readonly MaxValue?: number
}

export type Declared = Readonly<Record<string, DeclaredParameter>>
export type Values = Readonly<Record<string, string>>

/** Returns the parameters that the stack of a stage declares. */
export function declaredParameters(stage: StageConfig): Declared {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-preflight-'))
  try {
    const app = new App({
      outdir,
      context: CONTEXT,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    })
    const { main } = addStacks(app, stage)
    const { Parameters } = Template.fromStack(main).toJSON() as { Parameters: Declared }
    return Object.fromEntries(Object.entries(Parameters).filter(([name]) => name !== 'BootstrapVersion'))
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

export interface DeployedStack {
  /** The values that the next deployment keeps. Empty: the stack does not exist. */
  readonly values: Values
  readonly result: CheckResult
}

export async function readDeployedStack(
  cloudformation: CloudFormationClient,
  name: string,
): Promise<DeployedStack> {
  const area = 'stack'
  try {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: name }))
    const stack = Stacks?.[0]
    const values = (stack?.Parameters ?? []).map(each => [each.ParameterKey ?? '', each.ParameterValue ?? ''])
    const status = stack?.StackStatus ?? ''
    if (/_COMPLETE$/.test(status) && !/^(DELETE|ROLLBACK)_/.test(status))
      return { values: Object.fromEntries(values), result: ok(area, `${name} is ${status}`) }
    const todo =
      'Wait until it is complete. A stack whose creation was rolled back must be deleted first: docs/deploy.md, "Delete".'
    return { values: Object.fromEntries(values), result: missing(area, `${name} is ${status}`, todo) }
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message))
      return { values: {}, result: ok(area, `${name} does not exist yet`) }
    return { values: {}, result: unknown(area, error, 'Needs cloudformation:DescribeStacks.') }
  }
}

/** Returns the value of each parameter at the next deployment, as CloudFormation chooses it. */
export function valuesOf(declared: Declared, given: Values, deployed: Values): Values {
  const chosen = Object.entries(declared).flatMap(([name, { Default }]) => {
    const value = given[name] ?? deployed[name] ?? Default
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(chosen)
}

export function checkParameters(declared: Declared, given: Values, values: Values): CheckResult[] {
  const area = 'parameter'
  const strangers = Object.keys(given).filter(name => declared[name] === undefined)
  const faults = [
    ...strangers.map(name => missing(area, `${name} is no parameter of the stack`, 'Leave it out.')),
    ...Object.entries(declared).flatMap(([name, rules]) => {
      const value = values[name]
      if (value === undefined) return [missing(area, `${name} has no value`, `Add --parameters ${name}=…`)]
      const expected = expectedOf(rules, value)
      return expected === undefined ? [] : [missing(area, `${name}=${value}`, `Expected ${expected}.`)]
    }),
  ]
  return faults.length > 0 ? faults : [ok(area, `${Object.keys(declared).length} parameters have values`)]
}

/** Returns what a value should look like; undefined if it does. CloudFormation compares the whole value. */
function expectedOf(rules: DeclaredParameter, value: string): string | undefined {
  const { AllowedPattern, MaxLength = Infinity, MinValue = -Infinity, MaxValue = Infinity } = rules
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value))
    return AllowedPattern
  if (value.length > MaxLength) return `${MaxLength} characters at most, got ${value.length}`
  if (rules.MinValue === undefined && rules.MaxValue === undefined) return undefined
  const isInside = Number(value) >= MinValue && Number(value) <= MaxValue
  return isInside ? undefined : `a number from ${MinValue} to ${MaxValue}`
}
