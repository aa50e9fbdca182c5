/** Withholds rights one at a time, and finds the features that do not work without them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cloud, RoleRight } from '@itastream/local-cloud'
import { until } from '../../until.ts'
import { roleName } from './right-names.ts'

/**
 * On a busy machine a feature may fail for another reason than the missing right. So it fails only if it does so as often, each time
 * after the right was needed.
 */
const FAILURES = 2
const ATTEMPTS = 6
/** Attempts of a feature whose role has the right again. */
const RETURNS = 3
/**
 * What has not come so long (ms) after the right was refused does not come. Functions answer within seconds. What comes from the stream, or
 * broadcast, comes at intervals of up to ten seconds. A task that finds no lease looks into the stream for some eight seconds before it
 * publishes.
 */
const REFUSED_MS = { answers: 4_000, broadcast: 15_000, tasks: 25_000 }
/** Within so long (ms) an environment of broadcast has started with the next batch, and has played its first rounds. */
const START_MS = 3_000
/** Time for an answer of a function that starts on a busy machine (ms). */
const ANSWER = { limitMs: 25_000, pollMs: 20 }

/** What a trial needs of the system in which it withholds rights. */
export interface TrialStage {
  readonly cloud: Cloud
  /** Waits until a feature shows that it works. @throws Error with the name of what did not come. */
  wait: typeof until
  /** Returns what does not work of functions that have other roles. */
  othersFail?(role: string): Promise<string[]>
}

export interface Withheld {
  /** The features that failed without the right. */
  readonly failed: readonly string[]
  /** Those that still failed when the role had the right again. */
  readonly lasting: readonly string[]
}

/** The features of a role, by name. A feature throws if it does not work now. */
export type FeaturesOf<Stage extends TrialStage> = Readonly<Record<string, (stage: Stage) => Promise<void>>>

function kindOf(role: string): keyof typeof REFUSED_MS {
  if (role.startsWith('IngestTask')) return 'tasks'
  return role === 'Broadcast' ? 'broadcast' : 'answers'
}

/** Withholds a right from a role, uses all features of the role, and those that failed once more when the role has the right again. */
export async function withhold<Stage extends TrialStage>(
  stage: Stage,
  features: FeaturesOf<Stage>,
  right: RoleRight,
): Promise<Withheld> {
  const role = roleName(right)
  const { cloud } = stage
  const failed: string[] = []
  const giveBack = right.withhold()
  try {
    await restart(cloud, right)
    for (const [name, feature] of Object.entries(features))
      if (!(await works(stage, feature, right))) failed.push(name)
    failed.push(...((await stage.othersFail?.(role)) ?? []))
  } finally {
    giveBack()
    await restart(cloud, right)
  }
  const lasting: string[] = []
  for (const name of failed) if (!(await comesBack(stage, features[name]))) lasting.push(name)
  return { failed, lasting }
}

async function comesBack<Stage extends TrialStage>(
  stage: Stage,
  feature: FeaturesOf<Stage>[string] | undefined,
): Promise<boolean> {
  for (let attempt = 1; attempt <= RETURNS; attempt++) {
    try {
      await feature?.(stage)
      return true
    } catch {
      // A busy machine, or work that was left undone without the right.
    }
  }
  return false
}

/**
 * Ends what runs with a role, so that nothing that was read or begun before counts. A line starts its tasks by itself. A new environment
 * of broadcast reads all connections before its first round: an app that connects before that would need no later read. So this waits
 * until the environment has needed the right, or has had the time for it.
 */
async function restart(cloud: Cloud, right: RoleRight): Promise<void> {
  const role = roleName(right)
  if (kindOf(role) === 'tasks') return
  await cloud.crashFunction(`${role}Function`)
  if (kindOf(role) !== 'broadcast') return
  const before = right.uses()
  const end = performance.now() + START_MS
  while (right.uses() === before && performance.now() < end) await sleep(20)
}

/**
 * Returns whether a feature works.
 * @throws Error if it fails without a need for the right: then the right is not the reason.
 */
async function works<Stage extends TrialStage>(
  stage: Stage,
  feature: FeaturesOf<Stage>[string],
  right: RoleRight,
): Promise<boolean> {
  const { cloud } = stage
  const refusedMs = REFUSED_MS[kindOf(roleName(right))]
  let failures = 0
  for (let attempt = 1; ; attempt++) {
    const before = right.uses()
    const isRefused = (): boolean => right.uses() > before
    try {
      await feature({ ...stage, wait: waitUnless(isRefused, refusedMs) })
      return true
    } catch (error) {
      if (isRefused()) {
        failures++
        // An invocation of this attempt must not need the right during the next one.
        await restart(cloud, right)
      }
      if (failures === FAILURES) return false
      if (attempt === ATTEMPTS) throw error
    }
  }
}

/** Returns a wait that ends soon after the right was refused. */
function waitUnless(isRefused: () => boolean, refusedMs: number): TrialStage['wait'] {
  return async (condition, what, { limitMs, pollMs } = ANSWER) => {
    let refusedAt = Number.POSITIVE_INFINITY
    let isMet = false
    await until(
      async () => {
        isMet = await condition()
        if (isRefused()) refusedAt = Math.min(refusedAt, performance.now())
        return isMet || performance.now() - refusedAt > refusedMs
      },
      what,
      { limitMs, pollMs },
    )
    if (!isMet) throw new Error(`expected ${what} within ${refusedMs} ms after a refused call`)
  }
}
