import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCompiler } from '../../../tools/mutate/compiler.ts'
import { applyTo } from '../../../tools/mutate/mutation.ts'
import { mutationsOf } from '../../../tools/mutate/mutators.ts'
import { writeFixture } from './fixture.ts'

/** Returns each mutation of the last line of a code, as the text of this line. */
function mutantsOf(...lines: readonly string[]): string[] {
  const text = lines.join('\n')
  using fixture = writeFixture({ 'market/a.ts': text })
  using compiler = startCompiler(fixture.root, ['tsconfig.json'])
  return mutationsOf('market/a.ts', compiler.parse('market/a.ts'))
    .filter(({ line }) => line === lines.length)
    .map(mutation =>
      applyTo(text, mutation)
        .split('\n')
        .slice(lines.length - 1)
        .join('\n'),
    )
    .toSorted()
}

const NUMBERS = 'declare const a: number, b: number'

test('a comparison moves its boundary or is negated', () => {
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a < b'), ['export const c = a <= b'])
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a >= b'), ['export const c = a > b'])
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a === b'), ['export const c = a !== b'])
})

test('an operator is exchanged, but not a + of texts', () => {
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a + b'), ['export const c = a - b'])
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a >>> b'), ['export const c = a << b'])
  assert.deepEqual(mutantsOf(NUMBERS, "export const c = 'a' + b"), [])
})

test('a default or a part of a condition is dropped', () => {
  assert.deepEqual(mutantsOf('declare const a: number | undefined, b: number', 'export const c = a ?? b'), [
    'export const c = (b)',
  ])
  assert.deepEqual(mutantsOf('declare const a: boolean, b: boolean', 'export const c = a && !b'), [
    'export const c = a && b',
    'export const c = a || !b',
  ])
})

test('a condition is negated or never holds; a statement in its body is dropped', () => {
  assert.deepEqual(mutantsOf('declare const a: boolean, b: () => void', 'if (a) b()'), [
    'if (!(a)) b()',
    'if (a) {}',
    'if (false) b()',
  ])
  assert.deepEqual(
    mutantsOf('declare const a: boolean, b: string, d: string', 'export const c = a ? b : d'),
    ['export const c = !(a) ? b : d'],
  )
})

test('a small constant grows by one, a large one doubles', () => {
  assert.deepEqual(mutantsOf('export const c = 0'), ['export const c = 1'])
  assert.deepEqual(mutantsOf('export const c = 1_000n'), ['export const c = 2000n'])
  assert.deepEqual(mutantsOf('export const c = true'), ['export const c = false'])
})

test('a returned value is exchanged by its type', () => {
  assert.deepEqual(mutantsOf('declare const a: boolean', 'export const c = () => a'), [
    'export const c = () => !(a)',
  ])
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = () => a'), ['export const c = () => (a) + 1'])
  assert.deepEqual(mutantsOf('declare const a: string', 'export function c(): string {', 'return a }'), [
    "return '' }",
  ])
  assert.deepEqual(mutantsOf('declare const a: readonly number[]', 'export const c = () => a'), [
    'export const c = () => []',
  ])
})

test('an element of a list and an optional property are dropped, a required property is not', () => {
  assert.deepEqual(mutantsOf("export const c = ['a', 'b']"), [
    "export const c = [ 'b']",
    "export const c = ['a', ]",
  ])
  assert.deepEqual(
    mutantsOf('interface A {', 'a: string; b?: string }', "export const c: A = { a: '', b: '' }"),
    ["export const c: A = { a: '',  }"],
  )
})

test('a call of a method is exchanged or dropped', () => {
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = Math.min(a, b)'), ['export const c = Math.max(a, b)'])
  assert.deepEqual(mutantsOf(NUMBERS, 'export const c = a.toString()'), [])
  assert.deepEqual(mutantsOf('declare const a: number[]', 'export const c = a.filter(Boolean)'), [
    'export const c = a',
  ])
})

test('types and imports are not mutated', () => {
  assert.deepEqual(mutantsOf('export type A = 1 | 2'), [])
  assert.deepEqual(mutantsOf('export interface A { readonly a: 1 }'), [])
})
