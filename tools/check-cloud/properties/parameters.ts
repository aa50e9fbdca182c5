/** What whoever deploys can give to the stack. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

interface Parameter {
  readonly Type: string
  readonly AllowedPattern?: string
  readonly AllowedValues?: readonly unknown[]
  readonly MinValue?: number
  readonly MaxValue?: number
}

/** Returns the parameters whose values CloudFormation does not check. */
export function uncheckedParameters(parameters: Readonly<Record<string, Parameter>>): string[] {
  return Object.entries(parameters)
    .filter(([, { Type, AllowedPattern, AllowedValues, MinValue, MaxValue }]) => {
      const hasRange = Type === 'Number' && MinValue !== undefined && MaxValue !== undefined
      // CloudFormation checks parameters of types such as AWS::SSM::Parameter::Value<String> itself.
      const isPlain = Type === 'String' || Type === 'Number' || Type === 'CommaDelimitedList'
      return isPlain && AllowedPattern === undefined && AllowedValues === undefined && !hasRange
    })
    .map(([name]) => `${name}: expected a pattern, values or a range`)
}

/** An ARN as Secrets Manager makes it, and the part of it that names a secret in requests, but not in a policy. */
const SECRET = 'arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:itastream'

/** Returns the parameters for a secret that take an ARN that a policy never matches: without its six random characters. */
export function partialSecrets(parameters: Readonly<Record<string, Parameter>>): string[] {
  return Object.entries(parameters)
    .filter(([name]) => name.endsWith('Secret'))
    .filter(([, { AllowedPattern = '' }]) => {
      const pattern = new RegExp(AllowedPattern)
      return !pattern.test(`${SECRET}-Ab12Cd`) || pattern.test(SECRET)
    })
    .map(([name]) => `${name}: expected the whole ARN of a secret`)
}

interface Variables {
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> }
  readonly ContainerDefinitions?: readonly {
    readonly Environment?: readonly { readonly Name: string; readonly Value: unknown }[]
  }[]
}

/** Returns the programs whose market clock is not the clock of the system. The cut of delayed prices follows it. */
export function movedClocks(resources: Readonly<Record<string, Resource>>): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type !== 'AWS::Lambda::Function' && Type !== 'AWS::ECS::TaskDefinition') return []
    const { Environment, ContainerDefinitions = [] } = Properties as Variables
    const clocks = [
      ...(Type === 'AWS::Lambda::Function' ? [Environment?.Variables?.MARKET_CLOCK] : []),
      ...ContainerDefinitions.map(
        container => container.Environment?.find(({ Name }) => Name === 'MARKET_CLOCK')?.Value,
      ),
    ]
    return clocks
      .filter(clock => clock !== 'system')
      .map(clock => `${id}: MARKET_CLOCK: expected "system", got ${JSON.stringify(clock)}`)
  })
}

export const PARAMETERS: readonly CloudProperty[] = [
  inEachStage('release', 'every parameter has a pattern, a list of values or a range', ({ template }) =>
    uncheckedParameters((template.toJSON() as { Parameters: Record<string, Parameter> }).Parameters),
  ),
  inEachStage('release', 'a secret is given by its whole ARN, as policies need it', ({ template }) =>
    partialSecrets((template.toJSON() as { Parameters: Record<string, Parameter> }).Parameters),
  ),
  inEachStage(
    'release',
    'no deployment can move the market clock, and with it the cut of delayed prices',
    ({ resources }) => movedClocks(resources),
  ),
]
