/** Whether the rest of the system works while a role lacks a right: a board moves at a connected app, and all APIs answer. */
import { openPlainApp } from '../../system/plain-app.ts'
import { until } from '../../until.ts'
import { get } from './features/feature.ts'
import type { RightsStage } from './rights-stage.ts'
import type { TrialStage } from './withheld-rights.ts'

const LIMIT = { limitMs: 20_000, pollMs: 20 }
/** Life of the token of the app (s): longer than a drill. */
const TOKEN_SECONDS = 12 * 3_600

/** Connects an app that follows a board, and returns what looks for failures of the functions with other roles. */
export async function watchOthers(stage: RightsStage): Promise<NonNullable<TrialStage['othersFail']>> {
  const { system, code } = stage
  const token = await system.issuer.token('watcher', { expiresIn: TOKEN_SECONDS })
  const app = await openPlainApp(stage.cloud.websocketUrl, token)
  app.send({ action: 'subscribe', issues: [code] })
  const receives = async (type: string): Promise<void> => {
    const before = app.received.length
    await until(() => app.received.slice(before).some(message => message.type === type), type, LIMIT)
  }
  /** The roles that each of them needs. */
  const others: readonly (readonly [name: string, roles: RegExp, feature: () => Promise<void>])[] = [
    ['a board that moves', /^(Broadcast|IngestTask)/, () => receives('updates')],
    [
      'an answer to a message',
      /^RealtimeMessage$/,
      async () => {
        const answer = receives('snapshot')
        app.send({ action: 'snapshot', issues: [code] })
        await answer
      },
    ],
    ['delayed prices', /^RestDelayedPrices$/, () => get(stage, `/v1/boards/${code}`)],
    ['real-time prices', /^RestRealtimePrices$/, () => get(stage, `/v1/realtime/boards/${code}`)],
    ['the list of issues', /^RestMarketInfo$/, () => get(stage, '/v1/issues')],
  ]
  return async role => {
    const failed = await Promise.all(
      others.map(async ([name, roles, feature]) => {
        if (roles.test(role)) return []
        // A busy machine may be late once.
        const works = await feature()
          .catch(feature)
          .then(
            () => true,
            () => false,
          )
        return works ? [] : [`elsewhere: ${name}`]
      }),
    )
    return failed.flat()
  }
}
