/** Checks what the edge of a stage needs. */
import { type CheckResult, missing, ok } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

/** Without its ARN, the edge is deployed without a firewall. */
export function checkFirewall({ WebAclArn = '' }: Values): CheckResult {
  const area = 'firewall'
  if (WebAclArn !== '') return ok(area, WebAclArn)
  return missing(
    area,
    'WebAclArn is empty: the edge would have no firewall',
    'Deploy the stack of the edge first, and give its output WebAclArn: docs/deploy.md.',
  )
}
