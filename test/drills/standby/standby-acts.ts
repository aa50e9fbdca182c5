/** Carries out the acts of a schedule. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../until.ts'
import type { DrillControl } from './drill-control.ts'
import type { DrillTask } from './drill-task.ts'
import { type Act, CUT_LINKS, type Role, type Step } from './standby-schedule.ts'
import type { Fleet } from './task-fleet.ts'

/** Longest time until the line has a holder and a ready standby again. */
const HEALING = { limitMs: 30_000 }
/** A holder in trouble hands over within this time, ms. */
const STEADY_MS = 1_200
/** Time that ECS gives a task of a bad image in this drill, ms. Its health check takes a minute. */
const BAD_IMAGE_MS = 2_500

export interface Stage {
  readonly fleet: Fleet
  readonly control: DrillControl
}

/** Waits until the line has a holder and a ready standby. */
export function whole({ fleet }: Stage): Promise<void> {
  return until(() => fleet.isWhole(), 'a holder and a ready standby', HEALING)
}

/** Waits until the line has the same holder and a ready standby for a while: a task in trouble may be about to hand over. */
async function steady({ fleet }: Stage): Promise<void> {
  let since = performance.now()
  let holder = fleet.holder
  const isSteady = (): boolean => {
    if (!fleet.isWhole() || fleet.holder !== holder) {
      holder = fleet.holder
      since = performance.now()
    }
    return performance.now() - since >= STEADY_MS
  }
  await until(isSteady, 'the same holder and a ready standby for a while', HEALING)
}

/** Carries out an act, and waits until the line has recovered. */
export async function perform(stage: Stage, { delay, steps }: Act): Promise<void> {
  await wait(delay)
  await Promise.all(steps.map(step => performStep(stage, step)))
  await steady(stage)
}

async function performStep(stage: Stage, step: Step): Promise<void> {
  const { fleet, control } = stage
  switch (step.kind) {
    case 'kill': {
      const task = taskOf(fleet, step.role)
      task.signal('SIGKILL')
      return task.ended
    }
    case 'zone': {
      const task = taskOf(fleet, step.role)
      for (const link of Object.values(task.links)) link.cut('hang')
      task.signal('SIGKILL')
      return task.ended
    }
    case 'freeze': {
      const task = taskOf(fleet, step.role)
      task.signal('SIGSTOP')
      await wait(step.ms)
      return task.signal('SIGCONT')
    }
    case 'cut': {
      const { links } = taskOf(fleet, step.role)
      for (const name of CUT_LINKS[step.from]) links[name].cut(step.how)
      await wait(step.ms)
      for (const name of CUT_LINKS[step.from]) links[name].heal()
      return
    }
    case 'table':
      control.fail(step.how)
      await wait(step.ms)
      return control.heal()
    case 'deployment':
      return deploy(stage)
    case 'bad image': {
      const task = await fleet.start(step.image)
      await wait(BAD_IMAGE_MS)
      assert.ok(!control.holders.includes(task.name), 'a task that does not work held the lease')
      return task.signal('SIGKILL')
    }
    case 'both die':
      return step.isNextCut ? replaceByCut(stage) : killAll(fleet.running)
  }
}

async function killAll(tasks: readonly DrillTask[]): Promise<void> {
  for (const task of tasks) task.signal('SIGKILL')
  await Promise.all(tasks.map(({ ended }) => ended))
}

/** Replaces all tasks by a task without a line, and, when that holds the lease, by a second task that works. */
async function replaceByCut({ fleet }: Stage): Promise<void> {
  const old = fleet.running
  for (const task of old) fleet.abandon(task)
  await killAll(old)
  const next = await fleet.start('no line')
  await until(() => fleet.holder === next, 'the task without a line to hold the lease', HEALING)
  await fleet.start()
}

function taskOf(fleet: Fleet, role: Role): DrillTask {
  const task = fleet[role]
  assert.ok(task !== undefined, `a ${role}`)
  return task
}

/** Replaces the standby and then the holder. Each new task starts before an old task ends, as ECS does with 150 %. */
async function deploy({ fleet, control }: Stage): Promise<void> {
  for (const role of ['standby', 'holder'] as const) {
    const old = fleet.running
    const task = await fleet.start()
    const isUp = (): boolean => control.isReady(task.name) || fleet.holder === task
    await until(isUp, 'the new task to be ready', HEALING)
    const next = role === 'holder' ? fleet.holder : old.find(each => each !== fleet.holder)
    if (next !== undefined) await fleet.retire(next)
  }
}
