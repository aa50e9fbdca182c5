/** A mutation: one small change of the product that should make a test fail. */

export const KINDS = [
  'comparison',
  'arithmetic',
  'logic',
  'condition',
  'constant',
  'dropped statement',
  'dropped element',
  'dropped property',
  'call',
  'returned value',
] as const
export type Kind = (typeof KINDS)[number]

export interface Mutation {
  /** Path from the root, with `/`. */
  readonly file: string
  readonly kind: Kind
  /** Line of the change, from 1. */
  readonly line: number
  /** Characters [start, end) of the file are replaced by `replacement`. */
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** Returns the text of the file with the mutation. */
export function applyTo(text: string, { start, end, replacement }: Mutation): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

/** Returns the changed lines as a diff: `-` before, `+` after. */
export function diffOf(text: string, mutation: Mutation): string {
  const from = text.lastIndexOf('\n', mutation.start - 1) + 1
  const next = text.indexOf('\n', mutation.end)
  const to = next === -1 ? text.length : next
  const after = applyTo(text, mutation).slice(
    from,
    to + mutation.replacement.length - (mutation.end - mutation.start),
  )
  const lines = (mark: string, part: string): string =>
    part
      .split('\n')
      .map(line => `    ${mark} ${line}\n`)
      .join('')
  return lines('-', text.slice(from, to)) + lines('+', after)
}
