import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRow, decodeRows, encodeRows, linesOf, quoted } from '../../../ingest-task/quick/text.ts'

test('lines are what line feeds separate, and no bytes are no line', () => {
  const split = (text: string): string[] => linesOf(Buffer.from(text)).map(line => String(Buffer.from(line)))
  assert.deepEqual(split(''), [])
  assert.deepEqual(split('a'), ['a'])
  assert.deepEqual(split('a\nbc\n\nd'), ['a', 'bc', '', 'd'])
  assert.deepEqual(split('\n'), ['', ''])
})

test('rows are read as they were written', () => {
  const rows = [
    ['1301', '極洋'],
    ['', '東証'],
  ]
  assert.deepEqual(decodeRows(encodeRows(rows), 2), rows)
  assert.deepEqual(decodeRows(Buffer.alloc(0), 2), [])
})

test('a row with fewer or more fields is refused', () => {
  const row = encodeRows([['a', 'b']])
  assert.deepEqual(decodeRow(row, 2), ['a', 'b'])
  for (const columns of [1, 3]) {
    assert.throws(() => decodeRow(row, columns), {
      name: 'TextError',
      kind: 'text',
      message: `expected ${columns} fields, got 2 in "a\\tb"`,
    })
  }
})

test('an error shows at most forty characters of a text', () => {
  assert.equal(quoted('x'.repeat(40)), `"${'x'.repeat(40)}"`)
  assert.equal(quoted('x'.repeat(41)), `"${'x'.repeat(40)}…"`)
  assert.equal(quoted('a"b\t'), '"a\\"b\\t"')
})
