import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { ALL_PROPERTIES } from '../../tools/check-cloud/all-properties.ts'

const DOCUMENT = readFileSync(pathOf('docs/security.md'), 'utf8')
const { scripts } = JSON.parse(readFileSync(pathOf('package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

test('the areas in the document are those of check:cloud, and none is missing', () => {
  const named = new Set(
    [...DOCUMENT.matchAll(/`check:cloud`, areas? ((?:\*\*[\w-]+\*\*(?:, )?)+)/g)].flatMap(([, list]) =>
      [...list!.matchAll(/\*\*([\w-]+)\*\*/g)].map(([, area]) => area!),
    ),
  )
  assert.deepEqual([...named].sort(), [...new Set(ALL_PROPERTIES.map(({ area }) => area))].sort())
})

test('the commands and folders in the document exist', () => {
  for (const [, command] of DOCUMENT.matchAll(/`npm run (?:-s )?([\w:-]+)/g))
    assert.ok(command! in scripts, command)
  for (const [, folder] of DOCUMENT.matchAll(/`((?:test|sign-in)\/[\w/-]*)`/g))
    assert.ok(existsSync(pathOf(folder!)), folder)
})
