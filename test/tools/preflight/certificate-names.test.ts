import assert from 'node:assert/strict'
import { test } from 'node:test'
import { covers } from '../../../tools/preflight/certificate-names.ts'

test('a name of a certificate covers itself, and a wildcard covers one label', () => {
  for (const [name, host, isCovered] of [
    ['boards.example.com', 'boards.example.com', true],
    ['Boards.Example.com', 'boards.example.COM', true],
    ['boards.example.com.', 'boards.example.com', true],
    ['example.com', 'boards.example.com', false],
    ['boards.example.com', 'example.com', false],
    ['*.example.com', 'boards.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'a.boards.example.com', false],
    ['*.example.com', 'boards.example.org', false],
    ['*.example.com', 'boardsexample.com', false],
    ['*.example.com', '.example.com', false],
    ['bo*.example.com', 'boards.example.com', false],
    ['*', 'boards', false],
  ] as const) {
    assert.equal(covers(name, host), isCovered, `${name} for ${host}`)
  }
})
