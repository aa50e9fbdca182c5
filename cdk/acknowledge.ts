/** Reasons why the stack breaks a rule of a rule set. Each check refuses what has no reason. */
import { Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** Packs of cdk-nag that name the same rule in the same way (`S3BucketLoggingEnabled`). */
const SHARED_PACKS = ['NIST.800.53.R5', 'PCI.DSS.321']

/** Returns the ids under which the rule sets look for a reason, by the form of the rule's name. */
function idsOf(rule: string): string[] {
  if (/^[EIW]\d{4}$/.test(rule)) return [`CloudFormation-Validate::${rule}`]
  if (/^[A-Z]+\d+(\[.*\])?$/.test(rule)) return [`AwsSolutions-${rule}`]
  return SHARED_PACKS.map(pack => `${pack}-${rule}`)
}

/**
 * Gives the reasons why `scope` and everything below it breaks rules.
 * @param reasons by the name of the rule without its pack: `S1` of AwsSolutions, `S3BucketLoggingEnabled` of NIST 800-53 R5 and
 * PCI DSS 3.2.1, `W1001` of CloudFormation.
 */
export function acknowledge(scope: Construct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons))
    Validations.of(scope).acknowledge(...idsOf(rule).map(id => ({ id, reason })))
}
