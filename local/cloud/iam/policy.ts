/** IAM policies: effect, action and resource with wildcards. Conditions are not evaluated. */
import * as v from 'valibot'
import { readPattern } from './iam-pattern.ts'

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform(value => (typeof value === 'string' ? [value] : value)),
)

const statementSchema = v.pipe(
  v.looseObject({
    Effect: v.picklist(['Allow', 'Deny']),
    Action: v.optional(oneOrMore),
    NotAction: v.optional(oneOrMore),
    Resource: v.optional(oneOrMore),
    NotResource: v.optional(oneOrMore),
  }),
  // IAM refuses other statements (IAM User Guide, "IAM JSON policy elements").
  v.check(
    ({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined),
    'expected either Action or NotAction in a statement',
  ),
  v.check(
    ({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined),
    'expected either Resource or NotResource in a statement',
  ),
)

/** A policy document. */
export const policySchema = v.looseObject({
  Statement: v.pipe(
    v.union([v.array(statementSchema), statementSchema]),
    v.transform(value => (Array.isArray(value) ? value : [value])),
  ),
})
export type PolicyDocument = v.InferOutput<typeof policySchema>

/** The permissions of a role. */
export interface Permissions {
  /** Returns whether `action` (`kinesis:PutRecords`) on the resource with this ARN is allowed and not denied. */
  allows(action: string, resource: string): boolean
}

interface Rule {
  readonly allow: boolean
  readonly matches: (action: string, resource: string) => boolean
}

/** Returns the permissions of several policy documents together. A Deny overrides every Allow. */
export function openPermissions(documents: readonly PolicyDocument[]): Permissions {
  const rules = documents.flatMap(({ Statement }) =>
    Statement.map((statement): Rule => {
      // Action names are not case-sensitive. ARNs are.
      const action = matcher(statement.Action, statement.NotAction, false)
      const resource = matcher(statement.Resource, statement.NotResource, true)
      return { allow: statement.Effect === 'Allow', matches: (a, r) => action(a) && resource(r) }
    }),
  )
  return {
    allows(action, resource) {
      let allowed = false
      for (const rule of rules) {
        if (!rule.matches(action, resource)) continue
        if (!rule.allow) return false
        allowed = true
      }
      return allowed
    },
  }
}

function matcher(
  these: readonly string[] | undefined,
  notThese: readonly string[] | undefined,
  isCaseSensitive: boolean,
): (text: string) => boolean {
  const patterns = (these ?? notThese ?? []).map(pattern => readPattern(pattern, isCaseSensitive))
  const isListed = (text: string): boolean => patterns.some(pattern => pattern.matches(text))
  return these === undefined ? text => !isListed(text) : isListed
}

/** Returns what of a policy has no effect here: conditions, and policy variables. */
export function ignoredElements({ Statement }: PolicyDocument): string[] {
  const conditions = Statement.some(statement => 'Condition' in statement) ? ['conditions of its policy'] : []
  const patterns = Statement.flatMap(({ Resource, NotResource }) => [
    ...(Resource ?? []),
    ...(NotResource ?? []),
  ])
  const variables = patterns.flatMap(pattern => readPattern(pattern, true).variables)
  return [...conditions, ...new Set(variables.map(name => `the policy variable \${${name}}`))]
}
