/** Reasons for wildcards in policies, as cdk-nag asks for them. */
import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'

/** Returns the name that cdk-nag gives to a resource of a policy: a reference is written `<LogicalId.Attribute>`. */
function spell(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved
  const [[name, value] = []] = Object.entries(resolved as Record<string, unknown>)
  if (name === 'Ref') return `<${value}>`
  if (name === 'Fn::GetAtt') return `<${(value as string[]).join('.')}>`
  if (name === 'Fn::Join') return (value as [string, unknown[]])[1].map(spell).join('')
  throw new TypeError(`expected a Ref, Fn::GetAtt or Fn::Join in a resource of a policy, got ${name}`)
}

/** Gives the reason for a wildcard in a policy below `scope`. cdk-nag refuses a wildcard without a reason. */
export function acknowledgeWildcard(scope: Construct, resource: string, reason: string): void {
  const spelled = spell(Stack.of(scope).resolve(resource))
  acknowledge(scope, { [`IAM5[Resource::${spelled}]`]: reason })
}
