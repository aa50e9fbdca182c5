import assert from 'node:assert/strict'
import { it } from 'node:test'
import { codesOf, MAX_BOARDS } from '../../../client/page/page-address.ts'

it('codesOf returns each issue code of an address once and ignores other text', () => {
  assert.deepEqual(codesOf('#7203,6758'), ['7203', '6758'])
  assert.deepEqual(codesOf('#130a,,7203,130A,<b>,72035'), ['130A', '7203', '72035'])
  assert.deepEqual(codesOf(''), [])
  assert.deepEqual(codesOf('#7203%2C6758%2c130a'), ['7203', '6758', '130A'])
  assert.deepEqual(codesOf('#7203,%,%zz,%E6%9D,6758'), ['7203', '6758'])
})

it('codesOf returns at most as many issues as the page shows', () => {
  const many = Array.from({ length: 40 }, (_, index) => String(1301 + index))
  assert.equal(codesOf(`#${many.join(',')}`).length, MAX_BOARDS)
})
