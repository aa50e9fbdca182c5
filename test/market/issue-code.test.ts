import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareIssueCodes, isIssueCode, parseIssueCode } from '../../market/issue-code.ts'

const LETTERS = [...'ACDFGHJKLMNPRSTUWXY']
const digit = fc.constantFrom(...'0123456789')
const either = fc.constantFrom(...'0123456789', ...LETTERS)
const firstDigit = fc.constantFrom(...'123456789')
const code = fc
  .tuple(firstDigit, either, digit, either, fc.option(firstDigit, { nil: '' }))
  .map(parts => parts.join(''))

test('a code of every form that the code committee allows is an issue code', () => {
  for (const code of ['7203', '130A', '25935', '9A8Y', '1A00']) assert.ok(isIssueCode(code), code)
  fc.assert(fc.property(code, text => isIssueCode(text) && parseIssueCode(text) === text))
})

test('a code with an excluded letter, a letter in a place for digits or a wrong length is refused', () => {
  for (const letter of 'BEIOQVZ') assert.ok(!isIssueCode(`130${letter}`), letter)
  for (const wrong of ['', '720', '72030', '720300', 'A203', '72A3', '0203', ' 7203', '７２０３', '130a']) {
    assert.ok(!isIssueCode(wrong), JSON.stringify(wrong))
  }
})

test('a code is read without surrounding blanks and in upper case', () => {
  assert.equal(parseIssueCode(' 130a '), '130A')
  assert.throws(() => parseIssueCode('13OA'), /expected 4 characters .* got "13OA"/)
})

test('codes are in order: digits before letters, further share classes after the first', () => {
  const sorted = ['1300', '130A', '130C', '2593', '25935', '2594', '7203']
  assert.deepEqual(sorted.toReversed().sort(compareIssueCodes), sorted)
  fc.assert(
    fc.property(
      code,
      code,
      (a, b) => Math.sign(compareIssueCodes(a, b)) === -Math.sign(compareIssueCodes(b, a)),
    ),
  )
  assert.equal(compareIssueCodes('7203', '7203'), 0)
})
