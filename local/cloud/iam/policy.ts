/** IAM policies: effect, action and resource with wildcards, and conditions on the keys of items. Other conditions are not evaluated. */
import * as v from 'valibot'
import { type Condition, conditionSchema, isEvaluated, readCondition } from './condition.ts'
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
    Condition: v.optional(conditionSchema),
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

/** A right that a statement gives: one of its actions on one of its resources. */
export interface GivenRight {
  readonly action: string
  readonly resource: string
  /** Condition of the statement, as the template has it. */
  readonly condition: Condition | undefined
  /** Returns how often the right was needed so far. */
  uses(): number
  /** Takes the right away. Returns a function that gives it back. For tests of what needs the right. */
  withhold(): () => void
}

/** The permissions of a role. */
export interface Permissions {
  /**
   * Returns whether `action` (`kinesis:PutRecords`) on the resource with this ARN is allowed and not denied.
   * @param keys partition keys of the items of a request to DynamoDB. Undefined if the request does not name them.
   */
  allows(action: string, resource: string, keys?: readonly string[]): boolean
  /** The rights of all statements that allow actions and resources by name. */
  readonly rights: readonly GivenRight[]
}

interface Rule {
  readonly allow: boolean
  readonly matches: Permissions['allows']
}

/** Returns the permissions of several policy documents together. A Deny overrides every Allow. */
export function openPermissions(documents: readonly PolicyDocument[]): Permissions {
  const rights: GivenRight[] = []
  const rules = documents.flatMap(({ Statement }) =>
    Statement.flatMap(statement => {
      const { Effect, Action, Resource } = statement
      if (Effect === 'Deny' || Action === undefined || Resource === undefined) return [ruleOf(statement)]
      return Action.flatMap(action =>
        Resource.map(resource => {
          const { rule, right } = givenRight({ ...statement, Action: [action], Resource: [resource] })
          rights.push({ action, resource, ...right })
          return rule
        }),
      )
    }),
  )
  return {
    rights,
    allows(...need) {
      let allowed = false
      for (const rule of rules) {
        if (!rule.matches(...need)) continue
        if (!rule.allow) return false
        allowed = true
      }
      return allowed
    },
  }
}

type Statement = v.InferOutput<typeof statementSchema>

function ruleOf({ Effect, Action, NotAction, Resource, NotResource, Condition }: Statement): Rule {
  // Action names are not case-sensitive. ARNs are.
  const matchesAction = matcher(Action, NotAction, false)
  const matchesResource = matcher(Resource, NotResource, true)
  const matchesCondition = readCondition(Condition)
  return {
    allow: Effect === 'Allow',
    matches: (action, resource, keys) =>
      matchesAction(action) && matchesResource(resource) && matchesCondition(keys),
  }
}

/** Returns the rule of a statement with one action and one resource, and what takes the rule away. */
function givenRight(statement: Statement): {
  readonly rule: Rule
  readonly right: Pick<GivenRight, 'condition' | 'uses' | 'withhold'>
} {
  const { allow, matches } = ruleOf(statement)
  let isWithheld = false
  let uses = 0
  const isMatch: Rule['matches'] = (...need) => {
    if (!matches(...need)) return false
    uses++
    return !isWithheld
  }
  return {
    rule: { allow, matches: isMatch },
    right: {
      uses: () => uses,
      condition: statement.Condition,
      withhold() {
        isWithheld = true
        return () => {
          isWithheld = false
        }
      },
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
  const conditions = Statement.some(({ Condition }) => Condition !== undefined && !isEvaluated(Condition))
    ? ['conditions of its policy']
    : []
  const patterns = Statement.flatMap(({ Resource, NotResource }) => [
    ...(Resource ?? []),
    ...(NotResource ?? []),
  ])
  const variables = patterns.flatMap(pattern => readPattern(pattern, true).variables)
  return [...conditions, ...new Set(variables.map(name => `the policy variable \${${name}}`))]
}
