/** The long run of the drill of two tasks a line: many schedules, two at a time, each with processes of its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleIngestTask } from '../../../cdk/bundle.ts'
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import type { ChildAnswer } from './standby-child.ts'
import type { ActReport, StandbyReport } from './standby-drill.ts'
import { describeSchedule, scheduleOf } from './standby-schedule.ts'

const CHILD = fileURLToPath(new URL('standby-child.ts', import.meta.url))
const SCHEDULES = 200
/** Two cores carry the tasks, the line, the stream and the checks of two schedules. */
const AT_ONCE = 2
/** Longest time without a new tick in the stream, ms, if one part fails. */
export const GAP_LIMIT_MS = 2_000
/** Share of the acts that p99 leaves out. */
const P99 = 0.99

/** Runs schedules in a process. */
interface Runner extends AsyncDisposable {
  run(seed: number): Promise<ChildAnswer>
}

function startRunner(image: string): Runner {
  const child: ChildProcess = fork(CHILD, [image])
  const exited = once(child, 'exit')
  return {
    async run(seed) {
      const answered = once(child, 'message')
      child.send(scheduleOf(seed))
      const [answer] = (await Promise.race([answered, exited.then(() => [undefined])])) as [ChildAnswer?]
      return answer ?? { problem: 'the process of the schedule has ended' }
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** Runs the schedules of some seeds. @returns reports in the order in which they ended. */
async function runAll(seeds: readonly number[]): Promise<DrillResult> {
  const image = await mkdtemp(join(tmpdir(), 'itastream-image-'))
  const failed: number[] = []
  const reports: StandbyReport[] = []
  const waiting = [...seeds]
  const runSome = async (): Promise<void> => {
    await using runner = startRunner(image)
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const answer = await runner.run(seed)
      if ('report' in answer) reports.push(answer.report)
      if (!isPassed(seed, answer)) failed.push(seed)
    }
  }
  try {
    bundleIngestTask(image)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, seeds.length) }, runSome))
  } finally {
    await rm(image, { recursive: true, force: true })
  }
  const acts = reports.flatMap(each => each.acts)
  report(`\n${formatTable([['fault', 'times', 'longest gap'], ...rowsOf(acts)])}`)
  return { failed, figures: { ...figuresOf(reports, acts), failed: failed.length } }
}

/** Prints the result of a schedule, and returns whether it has passed. */
function isPassed(seed: number, answer: ChildAnswer): boolean {
  const again = `npm run drills -- standby --seed ${seed}`
  if ('problem' in answer) {
    console.error(`${answer.problem}\n(${again})`)
    return false
  }
  const { messages, found, acts, stallMs, logs } = answer.report
  const { lost, doubled, wrong, problems } = found
  const gaps = acts.map(({ name, gapMs }) => `${name} ${figure(gapMs)} ms`)
  report(
    `  ${String(seed).padStart(3)}  ${figure(messages)} messages, ${lost} lost, ${doubled} doubled, ${wrong} wrong; ${gaps.join(', ')}`,
  )
  const late = acts
    .filter(isLate)
    .map(
      ({ name, gapMs }) =>
        `${name}: no price for ${figure(gapMs)} ms, the drill stood still for ${figure(stallMs)} ms`,
    )
  if (problems.length + late.length === 0) return true
  console.error([describeSchedule(scheduleOf(seed)), `(${again})`, ...late, ...problems, logs].join('\n'))
  return false
}

function isLate({ gapMs, isBounded }: ActReport): boolean {
  return isBounded && gapMs > GAP_LIMIT_MS
}

function rowsOf(acts: readonly ActReport[]): string[][] {
  return [...Map.groupBy(acts, ({ name }) => name)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, same]) => [name, figure(same.length), `${figure(longest(same))} ms`])
}

function figuresOf(reports: readonly StandbyReport[], acts: readonly ActReport[]): Record<string, number> {
  const sum = (count: (each: StandbyReport) => number): number =>
    reports.reduce((total, each) => total + count(each), 0)
  const bounded = acts.filter(({ isBounded }) => isBounded)
  const ofHolder = bounded.filter(({ concernsHolder }) => concernsHolder)
  const gaps = ofHolder.map(({ gapMs }) => gapMs).toSorted((a, b) => a - b)
  return {
    schedules: reports.length,
    messages: sum(({ messages }) => messages),
    lost: sum(({ found }) => found.lost),
    doubled: sum(({ found }) => found.doubled),
    wrong: sum(({ found }) => found.wrong),
    reportedLost: sum(({ found }) => found.reported),
    gapP99Ms: gaps[Math.ceil(gaps.length * P99) - 1] ?? 0,
    gapMaxMs: longest(bounded),
    stallMaxMs: Math.max(0, ...reports.map(({ stallMs }) => Math.round(stallMs))),
    twoFaultsGapMaxMs: longest(acts.filter(({ isBounded }) => !isBounded)),
  }
}

function longest(acts: readonly ActReport[]): number {
  return Math.max(0, ...acts.map(({ gapMs }) => gapMs))
}

export const standby: Drill = {
  name: 'standby',
  about: `at least ${SCHEDULES} schedules of faults of the two tasks of a line, at the rate of the opening`,
  unit: 'schedules',
  run: (count = SCHEDULES) => runAll(Array.from({ length: count }, (_, index) => index + 1)),
  async runSeed(seed) {
    report(describeSchedule(scheduleOf(seed)))
    return runAll([seed])
  },
}
