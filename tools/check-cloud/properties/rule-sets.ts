/** What rule sets and specifications of others say about the template. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Reason } from '../reasons.ts'
import { specFindings } from '../resource-spec.ts'
import type { StageSynthesis, Violation } from '../stage-synthesis.ts'

/** Name under which aws-cdk-lib reports the rules of CloudFormation. */
const CLOUDFORMATION = 'CloudFormation Validate'

/** The rules of CloudFormation are in aws-cdk-lib; all other rule sets are packs of cdk-nag. */
export const isValidator = ({ pack }: Pick<Violation, 'pack'>): boolean => pack === CLOUDFORMATION

/** Returns what a rule set has found, or that it has not checked the stack. */
export function findingsOf(pack: string, { packs, violations }: StageSynthesis): string[] {
  if (!packs.includes(pack)) return [`${pack}: expected a check of the stack, got none`]
  return violations
    .filter(violation => violation.pack === pack)
    .map(({ rule, asks, constructs }) => `${constructs.join(', ')}: ${pack} ${rule}: ${asks}`)
}

/** Returns the reasons that no stage needs, because nothing breaks the rule any more. */
export function unusedReasons(stages: readonly Pick<StageSynthesis, 'reasons' | 'usedReasons'>[]): string[] {
  const textOf = ({ at, rule }: Reason): string => `${at}: a reason for ${rule}, which nothing breaks`
  const all = new Set(stages.flatMap(({ reasons }) => reasons.map(textOf)))
  const used = new Set(stages.flatMap(({ usedReasons }) => usedReasons.map(textOf)))
  return [...all].filter(text => !used.has(text))
}

const finds = (pack: string, rules: string): CloudProperty =>
  inEachStage('rules', `${rules} find nothing without a reason`, synthesis => findingsOf(pack, synthesis))

/** Returns what the specification of AWS does not have, in both stacks of a stage. */
export async function specFindingsOf({
  resources,
  firewall,
}: Pick<StageSynthesis, 'firewall' | 'resources'>): Promise<string[]> {
  return [...(await specFindings(resources)), ...(await specFindings(firewall))]
}

export const RULE_SETS: readonly CloudProperty[] = [
  finds('AwsSolutions', 'the rules of cdk-nag for AWS solutions'),
  finds('NIST.800.53.R5', 'the rules of cdk-nag for NIST 800-53 R5'),
  finds('PCI.DSS.321', 'the rules of cdk-nag for PCI DSS 3.2.1'),
  {
    area: 'rules',
    holds: 'each resource has only properties, values and attributes that the specification of AWS has',
    find: async stages =>
      (
        await Promise.all(
          Object.values(stages).map(async synthesis =>
            (await specFindingsOf(synthesis)).map(text => `${synthesis.stage.name}: ${text}`),
          ),
        )
      ).flat(),
  },
  finds(CLOUDFORMATION, 'the rules of CloudFormation for templates'),
  {
    area: 'rules',
    holds: 'each reason for breaking a rule is needed in a stage',
    find: stages => unusedReasons(Object.values(stages)),
  },
]
