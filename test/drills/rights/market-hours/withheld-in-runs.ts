/** Withholds rights of market-hours, and reads from the result of its run what failed. */
import type { Cloud, RoleRight } from '@itastream/local-cloud'
import { roleName } from '../right-names.ts'
import type { Withheld } from '../withheld-rights.ts'
import { type MorningCloud, startMorning } from './morning-cloud.ts'
import { provocationOf } from './provocations.ts'

const ROLE = 'ScheduleMarketHours'

/** The failures are those that a run of market-hours reported. */
export interface WithheldInRun extends Withheld {
  readonly right: RoleRight
  /** The cloud in which it was withheld. */
  readonly cloud: Cloud
}

/** Withholds a right for one run. */
async function withholdOnce(morning: MorningCloud, right: RoleRight): Promise<WithheldInRun> {
  const giveBack = right.withhold()
  let failed: readonly string[]
  try {
    failed = namesOf((await morning.run()).failures)
  } finally {
    giveBack()
  }
  return { right, cloud: morning.cloud, failed, lasting: namesOf((await morning.run()).failures) }
}

function namesOf(failures: readonly { readonly what: string }[]): string[] {
  return [...new Set(failures.map(({ what }) => what))].sort()
}

const rightsOf = ({ cloud }: MorningCloud): RoleRight[] =>
  cloud.rights.filter(right => roleName(right) === ROLE)

/** Withholds the rights that `isTried` accepts, one at a time. */
export async function* withheldInRuns(
  isTried: (right: RoleRight, cloud: Cloud) => boolean,
): AsyncGenerator<WithheldInRun> {
  await using stack = new AsyncDisposableStack()
  const morning = stack.adopt(await startMorning(), each => each.close())
  const once: number[] = []
  let level = ''
  for (const [index, right] of rightsOf(morning).entries()) {
    if (!isTried(right, morning.cloud)) continue
    if (right.action === 'dynamodb:UpdateTable') {
      once.push(index)
      continue
    }
    const provocation = provocationOf(morning.cloud, right) ?? { level: 'peak' as const }
    if (level !== provocation.level) await morning.moveTo(provocation.level)
    level = provocation.level
    await provocation.change?.()
    yield await withholdOnce(morning, right)
  }
  // The warm throughput of a table never falls, so each of these rights is needed once in the life of a cloud.
  for (const index of once) {
    await using stack = new AsyncDisposableStack()
    const fresh = stack.adopt(await startMorning(), each => each.close())
    yield await withholdOnce(fresh, rightsOf(fresh)[index]!)
  }
}
