/** What store-ticks, close-of-day and the canary do in the cloud of a stored day. */
import { archiveKeys, partOf } from '../../../../archive/archive-keys.ts'
import { ISSUES, TRADING_DATE } from '../../../functions/stored-market.ts'
import type { FeaturesOf } from '../withheld-rights.ts'
import type { StoredDay } from './stored-day-cloud.ts'

const CLOSE_OF_DAY = 'CloseCloseOfDayFunction'
const PART = partOf(ISSUES[0])
/** Time for all parts of a day on a busy machine (ms). */
const ALL_PARTS = { limitMs: 60_000, pollMs: 100 }

export const STORED_DAY_FEATURES: Readonly<Record<string, FeaturesOf<StoredDay>>> = {
  StoreStoreTicks: {
    'new ticks in the table': stage => stage.storeNext(),
    'a batch that comes again': stage => stage.storeAgain(),
  },
  CloseCloseOfDay: {
    'the look for what the archive lacks': async stage => {
      stage.restore()
      const { state } = await stage.invoke<{ state: string }>(CLOSE_OF_DAY, {})
      if (state !== 'complete') throw new Error(`expected a complete archive, got ${state}`)
    },
    'a part of the archive': async stage => {
      const report = archiveKeys.report(TRADING_DATE, 'final', PART)
      stage.restore(key => key === report)
      const request = { date: TRADING_DATE, stage: 'final', part: PART, again: true }
      await stage.invoke(CLOSE_OF_DAY, request)
      if (!(await stage.isArchived(report))) throw new Error(`expected a report of part ${PART}, found none`)
    },
    'the archive of a day': async stage => {
      const manifest = archiveKeys.manifest(TRADING_DATE)
      stage.restore(() => true)
      await stage.invoke(CLOSE_OF_DAY, { date: TRADING_DATE })
      await stage.wait(() => stage.isArchived(manifest), 'an archived day', ALL_PARTS)
    },
  },
  OutsideCanary: {
    'the sign-in of the canary': async stage => {
      const { problems } = await stage.invoke<{ problems: readonly { where: string }[] }>(
        'OutsideCanaryFunction',
        {},
      )
      if (problems.some(({ where }) => where === 'access token')) throw new Error('expected an access token')
    },
  },
}
