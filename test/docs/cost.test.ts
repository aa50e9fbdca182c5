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
  const { status, stderr } = cost(['--connections=-1', '--issues', '201', '--ticks', 'many'])
  assert.equal(status, 2)
  for (const [name, most] of [
    ['connections', 1_000_000],
    ['issues', 200],
    ['ticks', 1_000_000_000_000],
  ])
    assert.match(stderr, new RegExp(`--${name}: expected a whole number from 0 to ${most}, got `))
  assert.match(cost(['--boards', '3']).stderr, /--boards.*--help/s)
})

test('--help names every option', () => {
  const { status, stdout } = cost(['--help'])
  assert.equal(status, 0)
  for (const option of ['--connections', '--issues', '--ticks', '--prices'])
    assert.ok(stdout.includes(option))
})
