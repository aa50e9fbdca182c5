/** Takes every right of the table away, one at a time, and compares what fails with the table. */
import type { RoleRight } from '@itastream/local-cloud'
import { FEATURES } from './features/all-features.ts'
import { withheldInRuns } from './market-hours/withheld-in-runs.ts'
import { watchOthers } from './other-functions.ts'
import { refusalWithout } from './refused-boots.ts'
import { rightName, roleName } from './right-names.ts'
import { startStage } from './rights-stage.ts'
import { RIGHTS_TABLE } from './rights-table.ts'
import { startStoredDay } from './stored-day/stored-day-cloud.ts'
import { STORED_DAY_FEATURES } from './stored-day/stored-day-features.ts'
import type { Notice } from './table/notice.ts'
import { type FeaturesOf, type TrialStage, type Withheld, withhold } from './withheld-rights.ts'

/** What happened without a right. */
export interface Trial {
  readonly role: string
  readonly right: string
  /** `noticed`: exactly what the table says. `unnoticed`: nothing. `wrong`: something else. */
  readonly verdict: 'noticed' | 'unnoticed' | 'wrong'
  /** What failed, or what the table expected instead. */
  readonly detail: string
}

const MARKET_HOURS = 'ScheduleMarketHours'
/** Logical ids of the mappings, whose physical ids differ from stage to stage. */
const MAPPINGS = ['StoreStoreTicksLiveKinesis', 'BroadcastLiveKinesis']

type Cloud = TrialStage['cloud']

/** Returns the name that the table has for the rights of a running cloud. */
function namesOf(cloud: Cloud): (right: RoleRight) => string {
  const mappings = new Map(MAPPINGS.map(id => [cloud.ref(id), id]))
  return right => rightName(right, mappings)
}

/** Rights to try, as `role: right`. */
export type Chosen = ReadonlySet<string>

/** Returns the rights of the table that can be tried on one machine. */
export function triableRights(): string[] {
  return Object.entries(RIGHTS_TABLE).flatMap(([role, rights]) =>
    Object.entries(rights).flatMap(([right, { by }]) => (by === 'nobody here' ? [] : [`${role}: ${right}`])),
  )
}

/** Returns the chosen rights of a cloud that the table has with a notice of a kind. */
function rightsBy(cloud: Cloud, by: Notice['by'], chosen: Chosen): RoleRight[] {
  const name = namesOf(cloud)
  return cloud.rights.filter(
    right =>
      RIGHTS_TABLE[roleName(right)]?.[name(right)]?.by === by &&
      chosen.has(`${roleName(right)}: ${name(right)}`),
  )
}

function judge(role: string, right: string, { failed, lasting }: Withheld): Trial {
  const notice = RIGHTS_TABLE[role]?.[right]
  const expected = notice?.by === 'features' ? notice.features.toSorted() : []
  const got = failed.toSorted()
  const detail = got.join('; ')
  if (lasting.length > 0)
    return { role, right, verdict: 'wrong', detail: `still fails with the right: ${lasting.join('; ')}` }
  if (got.join() === expected.join()) return { role, right, verdict: 'noticed', detail }
  if (got.length === 0)
    return { role, right, verdict: 'unnoticed', detail: `expected: ${expected.join('; ')}` }
  return { role, right, verdict: 'wrong', detail: `${detail} (expected: ${expected.join('; ')})` }
}

/** Withholds the rights of functions whose features can be tried in a stage. */
async function* triedIn<Stage extends TrialStage>(
  stage: Stage,
  features: Readonly<Record<string, FeaturesOf<Stage>>>,
  chosen: Chosen,
): AsyncGenerator<Trial> {
  const name = namesOf(stage.cloud)
  for (const right of rightsBy(stage.cloud, 'features', chosen)) {
    const role = roleName(right)
    const ofRole = features[role]
    if (ofRole === undefined) continue
    try {
      yield judge(role, name(right), await withhold(stage, ofRole, right))
    } catch (error) {
      yield { role, right: name(right), verdict: 'wrong', detail: String(error) }
    }
  }
}

async function* triedInRuns(chosen: Chosen): AsyncGenerator<Trial> {
  const run = withheldInRuns(
    (right, cloud) =>
      RIGHTS_TABLE[MARKET_HOURS]?.[namesOf(cloud)(right)]?.by === 'features' &&
      chosen.has(`${MARKET_HOURS}: ${namesOf(cloud)(right)}`),
  )
  for await (const { right, cloud, ...withheld } of run)
    yield judge(MARKET_HOURS, namesOf(cloud)(right), withheld)
}

async function* triedAtBoot(cloud: Cloud, chosen: Chosen): AsyncGenerator<Trial> {
  const name = namesOf(cloud)
  for (const right of rightsBy(cloud, 'boot', chosen)) {
    const refusal = await refusalWithout(right)
    const common = { role: roleName(right), right: name(right) }
    yield refusal === undefined
      ? { ...common, verdict: 'unnoticed', detail: 'expected: the boot is refused' }
      : { ...common, verdict: 'noticed', detail: 'the boot is refused' }
  }
}

/** Tries the chosen rights. The systems in which they are tried run one after the other. */
export async function* tryRights(chosen: Chosen): AsyncGenerator<Trial> {
  const has = (roles: readonly string[], by: Notice['by'] = 'features'): boolean =>
    roles.some(role =>
      Object.entries(RIGHTS_TABLE[role] ?? {}).some(
        ([right, notice]) => notice.by === by && chosen.has(`${role}: ${right}`),
      ),
    )
  if (has(Object.keys(STORED_DAY_FEATURES)) || has(Object.keys(RIGHTS_TABLE), 'boot')) {
    await using parts = new AsyncDisposableStack()
    const day = parts.adopt(await startStoredDay(), each => each.close())
    yield* triedAtBoot(day.cloud, chosen)
    yield* triedIn(day, STORED_DAY_FEATURES, chosen)
  }
  if (has([MARKET_HOURS])) yield* triedInRuns(chosen)
  if (has(Object.keys(FEATURES))) {
    await using parts = new AsyncDisposableStack()
    const stage = parts.adopt(await startStage(true), each => each.close())
    yield* triedIn({ ...stage, othersFail: await watchOthers(stage) }, FEATURES, chosen)
  }
}
