import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileErrors } from './compile.ts'

const SNIPPETS = {
  dom: 'document.title = location.href',
  node: "Buffer.from(process.env.HOME ?? '')",
  module: "import { readFileSync } from 'node:fs'\nreadFileSync('a')",
  shared: "import { laneOf } from '#/market/lane.ts'\nlaneOf('7203', 2)",
}

/** The snippets that do not compile with the options of a project. */
function failing(project: string): string[] {
  return Object.entries(compileErrors(project, SNIPPETS)).flatMap(([name, errors]) =>
    errors.length === 0 ? [] : name,
  )
}

test('a function does not compile with objects of a browser', () => {
  assert.deepEqual(failing('tsconfig.json'), ['dom'])
})

test('the client does not compile with objects or modules of Node', () => {
  assert.deepEqual(failing('client/tsconfig.json'), ['node', 'module'])
})

test('market/ without its codec compiles with neither objects of Node nor objects of a browser', () => {
  assert.deepEqual(failing('market/tsconfig.json'), ['dom', 'node', 'module'])
})
