import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAILY_BAR_COLUMNS } from '../../archive/daily-bars.ts'
import type { Kind } from '../../archive/parquet.ts'
import { TICK_COLUMNS } from '../../archive/tick-rows.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/archive.md'), 'utf8')
/** What Athena calls a kind of column. */
const TYPES: Readonly<Record<Kind, string>> = {
  text: 'string',
  truth: 'boolean',
  whole: 'bigint',
  price: 'decimal(18,4)',
  yen: 'decimal(18,2)',
  moment: 'timestamp',
}

test('the table for Athena has the columns that the files have, in their order', () => {
  const [, body = ''] = /CREATE EXTERNAL TABLE ticks \(\n([\s\S]*?)\n\)\n/.exec(DOCUMENT) ?? []
  const told = [...body.matchAll(/`?(\w+)`? (\w+(?:\(\d+,\d+\))?)/g)].map(([, name, type]) => [name, type])
  assert.deepEqual(
    told,
    TICK_COLUMNS.map(({ name, kind }) => [name, TYPES[kind]]),
  )
})

test('every column is told of, but for the levels, of which the first stand for all', () => {
  const ticks = TICK_COLUMNS.map(({ name }) => name).filter(name => !/^(ask|bid)\d/.test(name))
  const [, section = ''] = DOCUMENT.split('\n## Columns of a tick\n')
  const told = section.split('\n## ')[0]!
  const stands = (name: string): boolean =>
    told.includes(`\`${name}\``) || told.includes(`\`${name.replace(/(price|time)$/, '')}\``)
  assert.deepEqual(
    ticks.filter(name => !stands(name)),
    [],
  )
  assert.deepEqual(
    DAILY_BAR_COLUMNS.map(({ name }) => name.replace(/_(price|time)$/, '')).filter(
      name => !told.includes(`\`${name}\``) && !told.includes(`\`${name}_price\``),
    ),
    [],
  )
})
