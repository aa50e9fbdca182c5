/** What rule sets of others say about the template. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Violation } from '../stage-synthesis.ts'

const shown = ({ pack, rule, constructs }: Violation): string => `${constructs.join(', ')}: ${pack} ${rule}`

/** The rules of CloudFormation are in aws-cdk-lib; all other rule sets are packs of cdk-nag. */
export const isValidator = ({ pack }: Violation): boolean => pack.includes('CloudFormation')

export const RULE_SETS: readonly CloudProperty[] = [
  inEachStage('rules', 'cdk-nag AwsSolutions finds nothing without a reason', ({ violations }) =>
    violations.filter(violation => !isValidator(violation)).map(shown),
  ),
  inEachStage('rules', 'the validation of CloudFormation finds nothing without a reason', ({ violations }) =>
    violations.filter(isValidator).map(shown),
  ),
]
