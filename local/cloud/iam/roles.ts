/** The roles of the template, each with its synthesized policies and an access key of its own. */
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import { openPermissions, type Permissions, type PolicyDocument, policySchema } from './policy.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/** Who sends a request. */
export interface Principal {
  readonly arn: string
  readonly key: AccessKey
  readonly permissions: Permissions
}

export interface Roles {
  /** The role with this ARN. @throws Error if the template has none. */
  role(arn: string, where: string): Principal
  /** The principal an access key id belongs to. */
  byKey(accessKeyId: string): Principal | undefined
  /** Whoever starts the system, and its tests: may do everything. */
  readonly admin: Principal
  /** Managed policies that are named but not in the template, and conditions that are not looked at. */
  readonly ignored: readonly string[]
}

const inlinePolicies = v.optional(v.array(v.object({ PolicyDocument: policySchema })), [])
const roleSchema = v.object({
  Policies: inlinePolicies,
  ManagedPolicyArns: v.optional(v.array(v.string()), []),
})
const attachedSchema = v.object({
  PolicyDocument: policySchema,
  Roles: v.optional(v.array(v.string()), []),
})

/** Reads every role and policy of the stack. */
export function openRoles(stack: Stack): Roles {
  const ignored: string[] = []
  const byArn = new Map<string, Principal>()
  const byKey = new Map<string, Principal>()
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap(type => stack.ofType(type))
    .map(resource => ({ logicalId: resource.logicalId, ...readProperties(resource, attachedSchema) }))
  const nameConditions = (where: string, { Statement }: PolicyDocument): void => {
    if (Statement.some(statement => 'Condition' in statement))
      ignored.push(`${where}: conditions of its policy`)
  }

  const admit = (arn: string, permissions: Permissions): Principal => {
    const principal = { arn, permissions, key: { id: keyId(), secret: randomBytes(20).toString('hex') } }
    byArn.set(arn, principal)
    byKey.set(principal.key.id, principal)
    return principal
  }

  for (const resource of stack.ofType('AWS::IAM::Role')) {
    const { logicalId } = resource
    const { Policies, ManagedPolicyArns } = readProperties(resource, roleSchema)
    const name = stack.ref(logicalId)
    const mine = attached.filter(policy => policy.Roles.includes(name))
    const documents = [...Policies, ...mine].map(policy => policy.PolicyDocument)
    for (const document of documents) nameConditions(logicalId, document)
    // AWS's own managed policies are not in the template. The basic execution role only lets a function log.
    for (const managed of ManagedPolicyArns) {
      if (!managed.endsWith('/AWSLambdaBasicExecutionRole')) ignored.push(`${logicalId}: ${managed}`)
    }
    admit(stack.attribute(logicalId, 'Arn'), openPermissions(documents))
  }

  const admin = admit('arn:aws:iam::000000000000:root', { allows: () => true })
  return {
    role(arn, where) {
      const principal = byArn.get(arn)
      if (principal === undefined) throw new Error(`${where}: the template has no role ${arn}`)
      return principal
    },
    byKey: id => byKey.get(id),
    admin,
    ignored,
  }
}

/** An access key id in the form of AWS's: 20 characters, four of them a prefix. */
function keyId(): string {
  return `AKIA${randomBytes(8).toString('hex').toUpperCase()}`
}
