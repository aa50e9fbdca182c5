/** References between resources of a template. */
import type { Resource } from '../stage-synthesis.ts'

export type Resources = Readonly<Record<string, Resource>>

/** Returns the logical id, or the pseudo parameter, that a value is a `Ref` or a `Fn::GetAtt` of; undefined for other values. */
export function referredId(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { Ref, 'Fn::GetAtt': attribute } = value as {
    readonly Ref?: unknown
    readonly 'Fn::GetAtt'?: unknown
  }
  const id = Ref ?? [attribute].flat()[0]
  return typeof id === 'string' ? id : undefined
}
