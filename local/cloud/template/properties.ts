/** Reads the resolved properties of a resource by a schema. */
import * as v from 'valibot'
import type { Resource } from './stack.ts'
import { TemplateError } from './template-error.ts'

/** @throws TemplateError naming every property that is not as expected. */
export function readProperties<const T extends v.GenericSchema>(
  { logicalId, type, properties }: Resource,
  schema: T,
): v.InferOutput<T> {
  const result = v.safeParse(schema, properties)
  if (result.success) return result.output
  const problems = result.issues.map(issue => `${v.getDotPath(issue) ?? 'properties'}: ${issue.message}`)
  throw new TemplateError(logicalId, `${type}: ${problems.join('; ')}`)
}

/** A number, which a template may also write as text. */
export const numeric = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform(Number),
  v.check(n => !Number.isNaN(n), 'expected a number'),
)

/** A boolean, which a template may also write as text. */
export const flag = v.pipe(
  v.union([v.boolean(), v.string()]),
  v.transform(value => value === true || value === 'true'),
)

/** Returns those of `names` that the resource has, as `logicalId.member`. The boot reports members without effect. */
export function ignoredMembers({ logicalId, properties }: Resource, names: readonly string[]): string[] {
  return names.filter(name => name in properties).map(name => `${logicalId}.${name}`)
}
