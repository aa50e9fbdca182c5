import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { figuresOf } from '../../ingest-task/metrics.ts'
import { NOTHING } from '../ingest-task/nothing.ts'

const DOCUMENT = join(import.meta.dirname, '../../docs/operations.md')

test('the table of metrics has those that the task writes, with their units', () => {
  const [, section = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## Metrics\n')
  const rows = section.split('\n## ')[0]!.matchAll(/^\| (`.*?) +\| (\S.*?) +\| /gm)
  const told = [...rows].flatMap(([, names = '', units = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name], index) => {
      const each = units.split(', ')
      return [name!, each[index] ?? each[0]!] as const
    }),
  )
  const written = Object.entries(figuresOf(undefined, NOTHING, 1, [0])).map(([name, { unit }]) => [
    name,
    unit,
  ])
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(written))
})
