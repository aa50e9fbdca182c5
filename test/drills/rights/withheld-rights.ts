/** Withholds rights one at a time, and finds the features that do not work without them. */
import type { RoleRight } from '@itastream/local-cloud'
import { FEATURES, type Feature } from './features.ts'
import { rightName, roleName } from './right-names.ts'
import type { RightsStage } from './rights-stage.ts'

/** On a busy machine a feature may fail for another reason than the missing right. It is tried again then. */
const ATTEMPTS = 5

/** What does not work without a right. */
export interface Withheld {
  readonly right: string
  readonly failed: readonly string[]
}

/** Withholds a right from a function whose environments are new, and uses all features of the function. */
export async function withhold(stage: RightsStage, right: RoleRight): Promise<Withheld> {
  const role = roleName(right)
  const { cloud } = stage.system
  const giveBack = right.withhold()
  try {
    await cloud.crashFunction(`${role}Function`)
    const failed: string[] = []
    for (const [name, feature] of Object.entries(FEATURES[role] ?? {}))
      if (!(await works(stage, feature, right))) failed.push(name)
    return { right: rightName(right), failed }
  } finally {
    giveBack()
    await cloud.crashFunction(`${role}Function`)
  }
}

/**
 * Returns whether a feature works.
 * @throws Error if it fails without a need for the right: then the right is not the reason.
 */
async function works(stage: RightsStage, feature: Feature, right: RoleRight): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const before = right.uses()
    try {
      await feature(stage)
      return true
    } catch (error) {
      if (right.uses() > before) return false
      if (attempt === ATTEMPTS) throw error
    }
  }
}
