import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type MutateFigures, mutate } from '../../../tools/mutate/mutate-run.ts'
import { runTest } from '../../../tools/mutate/test-run.ts'
import { UsageError } from '../../../tools/tool-arguments.ts'
import { until } from '../../until.ts'
import { writeFixture } from './fixture.ts'

const MAIN = join(import.meta.dirname, '../../../tools/mutate/mutate-main.ts')

const FEE = `export function feeOf(total: number): number {
  if (total >= 1000) return 0
  return 50
}
export const RANGE: readonly [number, number] = [10, 1500]
`
/** Does not know the total at the boundary. */
const TEST = `import assert from 'node:assert'
import { test } from 'node:test'
import { feeOf } from '../../market/fee.ts'
test('fee', () => {
  assert.equal(feeOf(10), 50)
  assert.equal(feeOf(1500), 0)
})
`
const NAME = `export const NAME = 1
`
const FAILING = `import '../../market/fee.ts'
throw new Error('fails always')
`
const FILES = {
  'market/fee.ts': FEE,
  'market/name.ts': NAME,
  'test/market/fee.test.ts': TEST,
  'test/market/failing.test.ts': FAILING,
}

interface Run {
  readonly figures: MutateFigures
  readonly printed: string
}

async function run(places: readonly string[], count = 50, stop = new AbortController().signal): Promise<Run> {
  using fixture = writeFixture(FILES)
  let printed = ''
  const figures = await mutate({
    root: fixture.root,
    projects: ['tsconfig.json'],
    seed: 1,
    count,
    places,
    stop,
    print: text => {
      printed += text
    },
  })
  assert.equal(readFileSync(join(fixture.root, 'market/fee.ts'), 'utf8'), FEE)
  return { figures, printed }
}

test('a run tells noticed mutations from survivors, and shows the survivors', async () => {
  const { figures, printed } = await run(['market/fee.ts:2'])
  // `>` instead of `>=` survives. The other condition, no condition, the total 2000 and the fee 1 are noticed.
  assert.deepEqual(figures, { mutations: 5, noticed: 4, byTypes: 0, percent: 80 })
  assert.match(printed, /market\/fee\.ts:2 comparison +SURVIVED {2}1 of 2 nearby tests pass/)
  assert.match(printed, /^ {4}- {3}if \(total >= 1000\) return 0\n {4}\+ {3}if \(total > 1000\) return 0$/m)
  assert.match(printed, /market\/fee\.ts:2 condition +noticed {3}test\/market\/fee\.test\.ts/)
  assert.match(printed, /^test\/market\/failing\.test\.ts fails without a mutation$/m)
})

test('a mutation that does not compile is counted apart', async () => {
  // Two elements are dropped, which the type refuses; two numbers change, which no test reads.
  const { figures, printed } = await run(['market/fee.ts:5'])
  assert.deepEqual(figures, { mutations: 4, noticed: 2, byTypes: 2, percent: 50 })
  assert.match(printed, /dropped element +types +TS2322/)
})

test('the type errors of a mutation are gone when the next file is mutated', async () => {
  const { figures, printed } = await run(['market/fee.ts:5', 'market/name.ts:1'])
  assert.deepEqual(figures, { mutations: 5, noticed: 2, byTypes: 2, percent: 40 })
  assert.match(printed, /name\.ts:1 constant +SURVIVED {2}no test reaches it/)
})

test('the same seed draws the same mutations, one a line, and not more than asked for', async () => {
  const lines = ({ printed }: Run): string[] => printed.match(/market\/fee\.ts:\d+ \w+/g) ?? []
  const first = lines(await run([], 2))
  assert.equal(first.length, 2)
  assert.equal(new Set(first).size, 2)
  assert.deepEqual(lines(await run([], 2)), first)
})

test('a stopped run ends with the figures so far', async () => {
  const { figures } = await run([], 50, AbortSignal.abort())
  assert.deepEqual(figures, { mutations: 0, noticed: 0, byTypes: 0, percent: 0 })
})

test('a place without code of the product is refused', async () => {
  await assert.rejects(run(['test/market']), UsageError)
})

test('a test that does not end is ended with the processes that it has started', async () => {
  using fixture = writeFixture({
    'endless.test.ts': `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
writeFileSync('started', String(child.pid))
`,
  })
  const { root } = fixture
  const result = await runTest({
    root,
    temporary: root,
    file: 'endless.test.ts',
    limitMillis: 5000,
    stop: new AbortController().signal,
  })
  assert.equal(result, 'timed out')
  assert.ok(existsSync(join(root, 'started')), 'expected the test to start within its limit')
  const pid = Number(readFileSync(join(root, 'started'), 'utf8'))
  const isGone = (): boolean => {
    try {
      return !process.kill(pid, 0)
    } catch {
      return true
    }
  }
  await until(isGone, 'the end of the process that the test started')
})

test('the command line refuses options that it does not know', () => {
  const outcome = spawnSync(process.execPath, [MAIN, '--count', '0'], { encoding: 'utf8' })
  assert.equal(outcome.status, 2)
  assert.equal(outcome.stderr, 'mutate: --count: expected a number from 1 to 99999, got "0"\n')
  const help = spawnSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' })
  assert.equal(help.status, 0)
  assert.match(help.stdout, /^Usage: npm run mutate/m)
})
