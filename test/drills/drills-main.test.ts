import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('drills-main.ts', import.meta.url))

async function drills(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { out, err, code }
}

suite('npm run drills', () => {
  test('explains every drill with --help', async () => {
    const { out, code } = await drills('--help')
    assert.equal(code, 0)
    for (const name of [
      'fuzz',
      'line',
      'store',
      'cut',
      '--seed N',
      '--schedules N',
      '--cases N',
      '--reads N',
      'faults',
      'clients',
      'reconnect',
      'standby',
      'recovery',
      'rights',
      '--seeds N',
      '--rights N',
      '--json',
    ])
      assert.match(out, new RegExp(`^  ${name} `, 'm'))
  })

  test('repeats the run of one seed', async () => {
    const { out, err, code } = await drills('line', '--seed', '3')
    assert.deepEqual({ err, code }, { err: '', code: 0 })
    assert.match(out, /^schedule of seed 3, line 1\n( +\d+ ms {2}.+\n)+ {4}3 {2}[\d,]+ messages, 0 lost/m)
    assert.match(out, /^line: all checks passed/m)
  })

  test('runs the requested number of cases', async () => {
    const { out, err, code } = await drills('fuzz', '--cases', '1000')
    assert.deepEqual({ err, code }, { err: '', code: 0 })
    assert.match(out, /^fuzz: 1,000 cases\n\n/)
    const reads = await drills('cut', '--reads', '500')
    assert.deepEqual({ err: reads.err, code: reads.code }, { err: '', code: 0 })
    assert.match(reads.out, /^cut: 500 reads\n\n(.+\n)+\ncut: all checks passed/)
  })

  test('rejects unknown names and options in one sentence', async () => {
    for (const [args, problem] of [
      [
        ['lines'],
        'expected a drill of fuzz, line, store, cut, faults, clients, reconnect, market-day, standby, recovery, rights, got "lines".',
      ],
      [['--seed', 'x'], '--seed: expected a number from 1 to 999999999, got "x".'],
      [['fuzz', '--schedules', '3'], '--schedules: expected drill line or store or standby.'],
      [['--cases', '3', '--seed', '1'], 'expected --seed or --cases, got both.'],
    ] as const)
      assert.deepEqual(await drills(...args), { out: '', err: `drills: ${problem}\n`, code: 2 })
  })
})
