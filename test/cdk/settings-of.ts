/** Reads chosen properties of resources of the stack. */
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

/** Returns chosen properties of all resources of a type, by logical id without hash. */
export function settingsOf(type: string, ...names: readonly string[]): Record<string, unknown[]> {
  const found = Object.entries(synthesize().resources).filter(([, { Type }]) => Type === type)
  return Object.fromEntries(
    found.map(([id, { Properties }]) => [nameOf(id), names.map(name => Properties[name])] as const),
  )
}
