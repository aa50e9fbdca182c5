/** Withholds rights one at a time, and finds the features that do not work without them. */
import type { Cloud, RoleRight } from '@itastream/local-cloud'
import { until } from '../../until.ts'
import { roleName } from './right-names.ts'

/**
 * On a busy machine a feature may fail for another reason than the missing right. So it fails only if it does so as often, each time
 * after the right was needed.
 */
const FAILURES = 2
const ATTEMPTS = 6
/** What has not come so long (ms) after the right was refused does not come. */
const REFUSED_MS = 4_000
/** Time for an answer of a function that starts on a busy machine (ms). */
const ANSWER = { limitMs: 15_000, pollMs: 20 }

/** What a trial needs of the system in which it withholds rights. */
export interface TrialStage {
  readonly cloud: Cloud
  /** Waits until a feature shows that it works. @throws Error with the name of what did not come. */
  wait: typeof until
}

/** The features of a role, by name. A feature throws if it does not work now. */
export type FeaturesOf<Stage extends TrialStage> = Readonly<Record<string, (stage: Stage) => Promise<void>>>

/** Withholds a right from a function whose environments are new, uses all features of the function, and returns those that fail. */
export async function withhold<Stage extends TrialStage>(
  stage: Stage,
  features: FeaturesOf<Stage>,
  right: RoleRight,
): Promise<string[]> {
  const role = roleName(right)
  const { cloud } = stage
  const giveBack = right.withhold()
  try {
    await cloud.crashFunction(`${role}Function`)
    const failed: string[] = []
    for (const [name, feature] of Object.entries(features))
      if (!(await works(stage, feature, right))) failed.push(name)
    return failed
  } finally {
    giveBack()
    await cloud.crashFunction(`${role}Function`)
  }
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
  let failures = 0
  for (let attempt = 1; ; attempt++) {
    const before = right.uses()
    const isRefused = (): boolean => right.uses() > before
    try {
      await feature({ ...stage, wait: waitUnless(isRefused) })
      return true
    } catch (error) {
      if (isRefused()) {
        failures++
        // An invocation of this attempt must not need the right during the next one.
        await cloud.crashFunction(`${roleName(right)}Function`)
      }
      if (failures === FAILURES) return false
      if (attempt === ATTEMPTS) throw error
    }
  }
}

/** Returns a wait that ends soon after the right was refused. */
function waitUnless(isRefused: () => boolean): TrialStage['wait'] {
  return async (condition, what, { limitMs, pollMs } = ANSWER) => {
    let refusedAt = Number.POSITIVE_INFINITY
    let isMet = false
    await until(
      async () => {
        isMet = await condition()
        if (isRefused()) refusedAt = Math.min(refusedAt, performance.now())
        return isMet || performance.now() - refusedAt > REFUSED_MS
      },
      what,
      { limitMs, pollMs },
    )
    if (!isMet) throw new Error(`expected ${what} within ${REFUSED_MS} ms after a refused call`)
  }
}
