import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isIssueCode } from '../../market/issue-code.ts'
import { parseSectors, SECTOR_CODES, SectorsError, sectorOf, sectorsText } from '../../market/sector.ts'

const problemsOf = (text: string): string[] => {
  try {
    parseSectors(text)
    return []
  } catch (error) {
    assert.ok(error instanceof SectorsError)
    return error.message.split('\n').slice(1)
  }
}

test('there are 33 sectors, each with a name in Japanese and in English', () => {
  assert.equal(SECTOR_CODES.length, 33)
  assert.deepEqual([SECTOR_CODES[0], SECTOR_CODES.at(-1)], ['0050', '9050'])
  const sectors = SECTOR_CODES.map(sectorOf)
  for (const name of ['name', 'nameEn'] as const)
    assert.equal(new Set(sectors.map(sector => sector[name])).size, 33)
  assert.deepEqual(sectorOf('5250'), {
    code: '5250',
    name: '情報・通信業',
    nameEn: 'Information & Communication',
  })
})

test('a file has a code and a sector in each line', () => {
  const expected = [
    ['7203', '3700'],
    ['130A', '5250'],
  ]
  for (const text of [
    '7203,3700\n130A,5250',
    'code,sector\n7203,3700\n1306,-\n130A,5250\n',
    '\ufeffcode,sector\r\n\r\n 7203 , 3700 \r\n130A,5250\r\n',
  ])
    assert.deepEqual([...parseSectors(text)], expected)
})

test('a file with problems is refused, with all of them at once', () => {
  const text =
    '7203,3700\n72030,3700\n6758,3651\n7203,3650\n6758\n9984,5250,x\ncode,sector\n25935,3050\n6501,\n'
  assert.deepEqual(problemsOf(text), [
    '  line 2: expected the code of an issue, got "72030"',
    '  line 3: 6758: expected a sector, 0050 to 9050, or -, got "3651"',
    '  line 4: 7203 is in line 1 already',
    '  line 5: expected a code and a sector with a comma between, got 1 fields',
    '  line 6: expected a code and a sector with a comma between, got 3 fields',
    '  line 7: expected the code of an issue, got "code"',
    '  line 9: 6501: expected a sector, 0050 to 9050, or -, got ""',
  ])
  for (const empty of ['', '\n', 'code,sector\n'])
    assert.deepEqual(problemsOf(empty), ['  expected at least one line, got none'])
  for (const name of ['constructor', 'toString'])
    assert.equal(problemsOf(`7203,${name}`).length, 1, 'no name of an object is a sector')
})

test('of many problems the first fifty are shown', () => {
  const problems = problemsOf('x,y\n'.repeat(200))
  assert.equal(problems.length, 51)
  assert.equal(problems.at(-1), '  and 150 more')
})

test('the text of sectors is read as these sectors', () => {
  const code = fc.integer({ min: 1000, max: 9999 }).map(String).filter(isIssueCode)
  const pairs = fc.uniqueArray(fc.tuple(code, fc.constantFrom(...SECTOR_CODES)), {
    selector: ([issue]) => issue,
    minLength: 1,
  })
  fc.assert(
    fc.property(pairs, entries => {
      assert.deepEqual(
        [...parseSectors(sectorsText(new Map(entries)))],
        entries.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      )
    }),
  )
})
