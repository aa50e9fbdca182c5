import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IssueIndex } from '../../../ingest-task/flex/issue-index.ts'

/** Returns a header with this issue field: eleven characters and one more. */
function headerOf(field: string): Buffer {
  assert.equal(field.length, 12)
  return Buffer.from(`${'0'.repeat(28)}${field}\x12`, 'latin1')
}

const fieldOf = (issue: string): string => `${issue.padStart(11)} `

function openIndex() {
  const created: string[] = []
  const index = new IssueIndex(issue => {
    created.push(issue)
    return { issue }
  })
  return { index, created, of: (field: string) => index.of(headerOf(field), 0) }
}

test('an issue has one state, found by a message or by its code', () => {
  const { index, created, of } = openIndex()
  for (const issue of ['7203', '130A', '25935', '9999', '2Y0Y']) {
    const state = of(fieldOf(issue))
    assert.equal(state.issue, issue)
    assert.equal(of(fieldOf(issue)), state)
    assert.equal(index.named(issue), state)
  }
  assert.equal(index.named('1301'), of(fieldOf('1301')))
  assert.deepEqual(created, ['7203', '130A', '25935', '9999', '2Y0Y', '1301'])
  assert.deepEqual(
    [...index.values()].map(({ issue }) => issue),
    created,
  )
})

test('codes with other characters in any place have states of their own', () => {
  const { created, of } = openIndex()
  const codes = ['1301', '2301', '1401', '1311', '1302', '130A', '13015', '13025']
  for (const code of codes) of(fieldOf(code))
  assert.deepEqual(created, codes)
})

test('a header at an offset is read from there', () => {
  const { index } = openIndex()
  const bytes = Buffer.concat([headerOf(fieldOf('1301')), headerOf(fieldOf('7203'))])
  assert.equal(index.of(bytes, bytes.length / 2).issue, '7203')
})

test('a field that is no issue code before one blank is refused, also when its code is known', () => {
  for (const isKnown of [false, true]) {
    const { created, of } = openIndex()
    if (isKnown) of(fieldOf('7203'))
    for (const field of [
      ' '.repeat(12),
      '      7203  ',
      '        7203',
      '       7203x',
      'x      7203 ',
      '  x    7203 ',
      '    720372031'.slice(0, 12),
      `${'720\xb3'.padStart(11)} `,
      `${'720\x10'.padStart(11)} `,
      `${'a203'.padStart(11)} `,
    ]) {
      assert.throws(() => of(field), {
        message: `offset 28: expected an issue code, right-aligned before one blank, got ${JSON.stringify(field)}`,
      })
    }
    assert.deepEqual(created, isKnown ? ['7203'] : [])
  }
})
