/** The roles of the template, each with its policies and its own access key. */
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { ignoredMembers, readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import {
  type GivenRight,
  ignoredElements,
  openPermissions,
  type Permissions,
  policySchema,
} from './policy.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/** The sender of a request. */
export interface Principal {
  readonly arn: string
  readonly key: AccessKey
  readonly permissions: Pick<Permissions, 'allows'>
}

/** A right that a policy gives to a role. */
export interface RoleRight extends GivenRight {
  /** Logical id of the role. */
  readonly role: string
}

export interface Roles {
  /** Returns the role with this ARN. @throws Error when the template has none; `where` is the logical id that names it. */
  role(arn: string, where: string): Principal
  /** Returns the principal of an access key id. */
  byKey(accessKeyId: string): Principal | undefined
  /** May do everything: for the starter of the cloud, and for tests. */
  readonly admin: Principal
  /** The rights of all roles. */
  readonly rights: readonly RoleRight[]
  /** Managed policies that are not in the template, permissions boundaries, conditions and policy variables. */
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
  const rights: RoleRight[] = []
  const byArn = new Map<string, Principal>()
  const byKey = new Map<string, Principal>()
  const attached = [...stack.ofType('AWS::IAM::Policy'), ...stack.ofType('AWS::IAM::ManagedPolicy')].map(
    resource => ({ arn: stack.ref(resource.logicalId), ...readProperties(resource, attachedSchema) }),
  )

  const addPrincipal = (arn: string, permissions: Principal['permissions']): Principal => {
    const principal = { arn, permissions, key: { id: keyId(), secret: randomBytes(20).toString('hex') } }
    byArn.set(arn, principal)
    byKey.set(principal.key.id, principal)
    return principal
  }

  for (const resource of stack.ofType('AWS::IAM::Role')) {
    const { logicalId } = resource
    const { Policies, ManagedPolicyArns } = readProperties(resource, roleSchema)
    const name = stack.ref(logicalId)
    const isAttached = (policy: (typeof attached)[number]): boolean =>
      policy.Roles.includes(name) || ManagedPolicyArns.includes(policy.arn)
    const attachedHere = attached.filter(isAttached)
    const documents = [...Policies, ...attachedHere].map(policy => policy.PolicyDocument)
    for (const document of documents) {
      for (const element of ignoredElements(document)) ignored.push(`${logicalId}: ${element}`)
    }
    // A permissions boundary would take rights away.
    ignored.push(...ignoredMembers(resource, ['PermissionsBoundary']))
    // Managed policies of AWS are not in the template. The basic execution role only allows logging.
    for (const managed of ManagedPolicyArns) {
      const isKnown = attachedHere.some(policy => policy.arn === managed)
      if (!isKnown && !managed.endsWith('/AWSLambdaBasicExecutionRole'))
        ignored.push(`${logicalId}: ${managed}`)
    }
    const permissions = openPermissions(documents)
    rights.push(...permissions.rights.map(right => ({ role: logicalId, ...right })))
    addPrincipal(stack.attribute(logicalId, 'Arn'), permissions)
  }

  const admin = addPrincipal('arn:aws:iam::000000000000:root', { allows: () => true })
  return {
    role(arn, where) {
      const principal = byArn.get(arn)
      if (principal === undefined) throw new Error(`${where}: expected a role of this template, got ${arn}`)
      return principal
    },
    byKey: id => byKey.get(id),
    admin,
    rights,
    ignored,
  }
}

/** Returns an access key id in the form of AWS: 20 characters, of which four are a prefix. */
function keyId(): string {
  return `AKIA${randomBytes(8).toString('hex').toUpperCase()}`
}
