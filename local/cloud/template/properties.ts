/** Reads a resource's resolved properties as the type that whoever runs it needs. */
import * as v from 'valibot'
import type { Resource } from './stack.ts'
import { TemplateError } from './template-error.ts'

/**
 * @throws TemplateError naming the logical id and every property that is not as expected.
 */
export function readProperties<const T extends v.GenericSchema>(
  { logicalId, type, properties }: Resource,
  schema: T,
): v.InferOutput<T> {
  const result = v.safeParse(schema, properties)
  if (result.success) return result.output
  const problems = result.issues.map(issue => `${v.getDotPath(issue) ?? 'properties'}: ${issue.message}`)
  throw new TemplateError(logicalId, `${type}: ${problems.join('; ')}`)
}

/** A number that the template may also write as text. */
export const numeric = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform(Number),
  v.check(n => !Number.isNaN(n), 'expected a number'),
)

/** A boolean that the template may also write as text. */
export const flag = v.pipe(
  v.union([v.boolean(), v.string()]),
  v.transform(value => value === true || value === 'true'),
)

/** Members of properties that the local cloud does not act on: named at the start, so that nobody relies on them. */
export function ignoredMembers({ logicalId, properties }: Resource, names: readonly string[]): string[] {
  return names.filter(name => name in properties).map(name => `${logicalId}.${name}`)
}
