import assert from 'node:assert/strict'
import { it } from 'node:test'
import { codesOf, MAX_BOARDS } from '../../../client/page/actions.ts'

it('reads the issues of an address, each once, whatever else is in it', () => {
  assert.deepEqual(codesOf('#7203,6758'), ['7203', '6758'])
  assert.deepEqual(codesOf('#130a,,7203,130A,<b>,72035'), ['130A', '7203', '72035'])
  assert.deepEqual(codesOf(''), [])
})

it('takes no more issues from an address than the page shows', () => {
  const many = Array.from({ length: 40 }, (_, index) => String(1301 + index))
  assert.equal(codesOf(`#${many.join(',')}`).length, MAX_BOARDS)
})
