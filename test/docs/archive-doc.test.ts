import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAILY_BAR_COLUMNS } from '../../archive/daily-bars.ts'
import type { Kind } from '../../archive/parquet.ts'
import { TICK_COLUMNS } from '../../archive/tick-rows.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/archive.md'), 'utf8')
/** Athena's type for each kind of column. */
const TYPES: Readonly<Record<Kind, string>> = {
  text: 'string',
  truth: 'boolean',
  whole: 'bigint',
  price: 'decimal(18,4)',
  yen: 'decimal(18,2)',
  moment: 'timestamp',
}

test('the table for Athena has the columns of the tick files, in order', () => {
  const [, body = ''] = /CREATE EXTERNAL TABLE ticks \(\n([\s\S]*?)\n\)\n/.exec(DOCUMENT) ?? []
  const columns = [...body.matchAll(/`?(\w+)`? (\w+(?:\(\d+,\d+\))?)/g)].map(([, name, type]) => [name, type])
  assert.deepEqual(
    columns,
    TICK_COLUMNS.map(({ name, kind }) => [name, TYPES[kind]]),
  )
})

test('the document names every column; of the levels it names the first', () => {
  const ticks = TICK_COLUMNS.map(({ name }) => name).filter(name => !/^(ask|bid)\d/.test(name))
  const [, section = ''] = DOCUMENT.split('\n## Columns of a tick\n')
  const table = section.split('\n## ')[0]!
  const isNamed = (name: string): boolean =>
    table.includes(`\`${name}\``) || table.includes(`\`${name.replace(/(price|time)$/, '')}\``)
  assert.deepEqual(
    ticks.filter(name => !isNamed(name)),
    [],
  )
  assert.deepEqual(
    DAILY_BAR_COLUMNS.map(({ name }) => name.replace(/_(price|time)$/, '')).filter(
      name => !table.includes(`\`${name}\``) && !table.includes(`\`${name}_price\``),
    ),
    [],
  )
})
