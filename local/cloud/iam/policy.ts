/** IAM policies: effect, action and resource with wildcards. Conditions are not evaluated. */
import * as v from 'valibot'

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform(value => (typeof value === 'string' ? [value] : value)),
)

const statementSchema = v.looseObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.optional(oneOrMore),
  NotAction: v.optional(oneOrMore),
  Resource: v.optional(oneOrMore),
  NotResource: v.optional(oneOrMore),
})

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

/** Returns the regular expression of an IAM pattern: `*` stands for any characters, `?` for one character. */
export function wildcard(pattern: string, flags = ''): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, `s${flags}`)
}

/** Returns the permissions of several policy documents together. A Deny overrides every Allow. */
export function openPermissions(documents: readonly PolicyDocument[]): Permissions {
  const rules = documents.flatMap(({ Statement }) =>
    Statement.map((statement): Rule => {
      // Action names are not case-sensitive. ARNs are.
      const action = matcher(statement.Action, statement.NotAction, 'i')
      const resource = matcher(statement.Resource, statement.NotResource, '')
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
  flags: string,
): (text: string) => boolean {
  if (these !== undefined) {
    const patterns = these.map(pattern => wildcard(pattern, flags))
    return text => patterns.some(pattern => pattern.test(text))
  }
  const patterns = (notThese ?? []).map(pattern => wildcard(pattern, flags))
  return text => notThese !== undefined && !patterns.some(pattern => pattern.test(text))
}
