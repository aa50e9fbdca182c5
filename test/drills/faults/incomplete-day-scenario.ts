/** Scenario: a day is archived while a lane is not stored to its end. It must become final by itself, and not before. */
import { closeDay } from '../../../functions/close-of-day/close-day.ts'
import { below } from '../../../local/exchange/random.ts'
import { readDays } from '../../../tables/ticks/day-items.ts'
import { at, DATE, DAY, LISTED, openArchive, storeListed } from '../../functions/close-of-day/test-archive.ts'
import { stateStored } from '../../functions/stored-lanes.ts'
import { startTables } from '../../functions/tables.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const LINE = 1

async function run(seed: number): Promise<Outcome> {
  const random = randomOf('incomplete day', seed)
  await using cleanup = new AsyncDisposableStack()
  const tables = cleanup.use(await startTables())
  await storeListed(tables)
  const ends: (() => unknown)[] = []
  cleanup.defer(async () => {
    for (const end of ends.reverse()) await end()
  })
  const after = (end?: (...args: never[]) => unknown): void => {
    if (end !== undefined) ends.push(end as () => unknown)
  }
  const archive = await openArchive({ after }, tables)
  const { context } = archive
  const count = 1 + below(random, DAY.length - 1)
  await stateStored(context.ticks, DATE, at(9 + below(random, 6), below(random, 60)), [LINE])
  await archive.store(DAY.slice(0, count))

  let wrong = 0
  const check = (isRight: boolean): void => {
    if (!isRight) wrong++
  }
  const finals = async (): Promise<(boolean | undefined)[]> =>
    Promise.all(LISTED.map(async issue => (await readDays(context.ticks, issue, DATE, DATE))[0]?.final))
  // The final stage is overdue: the day is archived as it is.
  await closeDay(context, at(17, 15))
  await archive.archiveRequested(at(17, 15))
  const early = await archive.manifest()
  if (early?.ticks !== count) throw new Error(`expected ${count} ticks in the archive, got ${early?.ticks}`)
  check(early.incomplete?.length === 2 && !(await finals()).includes(true))
  for (const now of [at(17, 20), at(12, 0, 1), at(12, 0, 4)]) {
    const { asked, incomplete } = await closeDay(context, now)
    check(asked === 0 && incomplete === 1)
  }
  // store-ticks catches up four days later.
  await archive.store(DAY)
  await stateStored(context.ticks, DATE)
  await closeDay(context, at(12, 5, 4))
  await archive.archiveRequested(at(12, 5, 4))
  const whole = await archive.manifest()
  check(whole?.incomplete === undefined && !(await finals()).includes(false))
  check((await closeDay(context, at(12, 10, 4))).incomplete === 0)
  const lost = DAY.length - (await archive.archived()).length
  return {
    wrong,
    lost,
    starved: 0,
    measured: `archived with ${count} of ${DAY.length} ticks and reported, final with all of them four days later`,
  }
}

export const dayIncompleteThenFinal: Scenario = {
  name: 'day-incomplete-then-final',
  fault: 'a lane is not stored to the end of the day when the day is archived',
  run,
}
