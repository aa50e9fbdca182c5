import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { bundleIngestTask } from '../../../cdk/bundle.ts'
import { type DrillHouse, openDrillHouse, runStandbyDrill } from './standby-drill.ts'
import type { Act, Step } from './standby-schedule.ts'

/**
 * A fifth of the opening. Two tasks at the rate of the opening need a machine of their own: a line drops a task that reads too
 * slowly, and no task takes over while both read a snapshot.
 */
const TICKS_PER_SECOND = 6_600

const folder = mkdtempSync(join(tmpdir(), 'itastream-image-'))
let house: DrillHouse
before(async () => {
  house = await openDrillHouse(bundleIngestTask(folder), TICKS_PER_SECOND)
})
after(async () => {
  await house[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const act = (...steps: Step[]): Act => ({ delay: 300, steps })

// How long prices pause depends on the load of the machine: `npm run drills -- standby` has a limit.
for (const [name, ...acts] of [
  [
    'the holder is killed, and the next one is frozen',
    act({ kind: 'kill', role: 'holder' }),
    act({ kind: 'freeze', role: 'holder', ms: 1_800 }),
  ],
  ['a deployment replaces both tasks', act({ kind: 'deployment' })],
] as const)
  test(`${name}: each message becomes one tick`, async () => {
    const {
      messages,
      found,
      acts: reports,
    } = await runStandbyDrill(house, {
      seed: 1,
      clockErrors: [0, 0],
      acts,
    })
    const { lost, doubled, wrong, problems } = found
    assert.deepEqual({ lost, doubled, wrong }, { lost: 0, doubled: 0, wrong: 0 }, problems.join('\n'))
    assert.ok(messages > 4_000, `${messages} messages`)
    assert.equal(reports.length, acts.length)
  })
