/** Conditions of IAM policies on the partition keys of items (`dynamodb:LeadingKeys`). Other conditions always hold here. */
import * as v from 'valibot'
import { readPattern } from './iam-pattern.ts'

const values = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform(value => (typeof value === 'string' ? [value] : value)),
)

/** Values by condition key, by operator. */
export const conditionSchema = v.record(v.string(), v.record(v.string(), v.union([values, v.boolean()])))
export type Condition = v.InferOutput<typeof conditionSchema>

const LEADING_KEYS = 'dynamodb:LeadingKeys'

/** Makes a matcher of a value. IAM folds no case in either operator. */
const OPERATORS: Readonly<Record<string, (value: string) => (key: string) => boolean>> = {
  'ForAllValues:StringEquals': value => key => key === value,
  'ForAllValues:StringLike': value => {
    const pattern = readPattern(value, true)
    return key => pattern.matches(key)
  },
}

/** Returns whether every part of a condition is evaluated here. */
export function isEvaluated(condition: Condition): boolean {
  const parts = Object.entries(condition)
  return (
    parts.length > 0 &&
    parts.every(
      ([operator, byKey]) => operator in OPERATORS && Object.keys(byKey).every(key => key === LEADING_KEYS),
    )
  )
}

/**
 * Returns whether the partition keys of a request meet a condition. A request that does not name its keys does not meet a condition on keys: IAM would
 * let it pass (IAM User Guide, "Set operators for multivalued context keys"), and a policy should not rely on that.
 */
export function readCondition(
  condition: Condition | undefined,
): (keys: readonly string[] | undefined) => boolean {
  const tests = Object.entries(condition ?? {}).flatMap(([operator, byKey]) => {
    const make = OPERATORS[operator]
    const wanted = byKey[LEADING_KEYS]
    if (make === undefined || !Array.isArray(wanted)) return []
    const matchers = wanted.map(make)
    return [(key: string): boolean => matchers.some(matches => matches(key))]
  })
  return keys => tests.length === 0 || (keys?.every(key => tests.every(test => test(key))) ?? false)
}
