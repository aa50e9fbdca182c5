import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFile, isWhole, jsonBytes, type Manifest, STAGES } from '../../archive/manifest.ts'

const MANIFEST: Manifest = {
  date: '2026-11-20',
  stage: 'final',
  until: '2026-11-20T23:59:59.999999+09:00',
  ticks: 0,
  lines: [],
  issues: {},
  files: [],
}

test('a date is whole in its final stage if no issue is behind and no lane is incomplete', () => {
  assert.deepEqual(STAGES, ['close', 'final'])
  assert.equal(isWhole(MANIFEST), true)
  assert.equal(isWhole({ ...MANIFEST, stage: 'close' }), false)
  assert.equal(isWhole({ ...MANIFEST, behind: ['7203'] }), false)
  assert.equal(isWhole({ ...MANIFEST, incomplete: ['1-0'] }), false)
})

test('an object is JSON with a line for each member', () => {
  const text = Buffer.from(jsonBytes({ name: '髙島', list: [1, 2], none: {} })).toString()
  assert.equal(text, '{"name":"髙島",\n"list":[1,2],\n"none":{}}\n')
})

test('a file is described by its size and its SHA-256', () => {
  assert.deepEqual(describeFile('a', Buffer.from('abc')), {
    key: 'a',
    bytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  })
})
