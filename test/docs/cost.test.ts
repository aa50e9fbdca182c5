import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PRICES } from '../../tools/cost/prices.ts'

const ROOT = join(import.meta.dirname, '../..')
const document = readFileSync(join(ROOT, 'docs/cost.md'), 'utf8')

/** Runs `npm run cost`. */
const cost = (args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'tools/cost/cost-main.ts'), ...args], { encoding: 'utf8' })

const examples = [...document.matchAll(/^```text cost (.*)\n((?:.*\n)*?)```$/gm)]

test('the examples print the output that the document shows', () => {
  assert.equal(examples.length, 2)
  for (const [, args = '', shown] of examples) assert.equal(cost(args.split(' ')).stdout, shown)
})

test('the table of paces and views has the amounts of the bill', () => {
  const rows = [
    ...document.matchAll(/^\| +([\d,]+) \| (board|quote) \| +([\d,]+) ms \| +([\d,]+) \| +([\d.]+) \|$/gm),
  ]
  assert.ok(rows.length >= 6)
  for (const [row, ...cells] of rows) {
    const [connections, view, pace, together, perApp] = cells.map(cell => cell.replaceAll(',', ''))
    const { stdout } = cost([
      '--json',
      '--ticks=977000000',
      `--connections=${connections}`,
      `--view=${view}`,
      `--pace=${pace}`,
    ])
    const bill = JSON.parse(stdout)
    assert.deepEqual([bill.together.toFixed(0), bill.perApp.toFixed(2)], [together, perApp], row)
  }
})

test('the prices in the text equal those of the bill', () => {
  const words = document.replaceAll(/^```(?:.*\n)*?```$/gm, '')
  const told = new Set([...words.matchAll(/\$(\d+\.\d+)/g)].map(([, price]) => Number(price)))
  const { operation, iotMessage, message, syncMinute, iotMinute, connectionMinute } = PRICES
  const { dollars } = PRICES.operation
  assert.equal(dollars, 1)
  for (const price of [operation, iotMessage, message, syncMinute, iotMinute, connectionMinute])
    assert.ok(told.delete(price.dollars), `$${price.dollars} is not in the document`)
  assert.deepEqual([...told], [])
})

test('every price has a source or a stated assumption', () => {
  const { stdout } = cost(['--prices'])
  for (const { dollars, source, ...price } of Object.values(PRICES)) {
    assert.ok(stdout.includes(`$${dollars} a `))
    if (source === 'none found') assert.ok('assumed' in price)
  }
})

test('bad options are all reported', () => {
  const { status, stderr } = cost([
    '--connections=-1',
    ...['--issues', '201', '--ticks', 'many', '--pace', '99', '--view', 'trades', '--encoding', 'gzip'],
  ])
  assert.equal(status, 2)
  for (const [name, range] of [
    ['connections', '0 to 1000000'],
    ['issues', '0 to 200'],
    ['ticks', '0 to 1000000000000'],
    ['pace', '100 to 5000'],
  ])
    assert.match(stderr, new RegExp(`--${name}: expected a whole number from ${range}, got `))
  assert.match(stderr, /--view: expected board or quote, got "trades"/)
  assert.match(stderr, /--encoding: expected json or deflate-1, got "gzip"/)
  assert.match(cost(['--boards', '3']).stderr, /--boards.*--help/s)
})

test('--json without apps has a sum, and no amount an app', () => {
  const { services, together, perApp } = JSON.parse(cost(['--json', '--connections', '0']).stdout)
  const sum = Object.values<number>(services).reduce((all, each) => all + each, 0)
  assert.ok(Math.abs(sum - together) < 1e-9)
  assert.equal(perApp, undefined)
})

test('--help names every option', () => {
  const { status, stdout } = cost(['--help'])
  assert.equal(status, 0)
  for (const option of [
    '--connections',
    '--issues',
    '--ticks',
    '--pace',
    '--view',
    '--encoding',
    '--json',
    '--prices',
  ])
    assert.ok(stdout.includes(option))
})
