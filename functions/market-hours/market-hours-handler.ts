/** Lambda: starts and stops tasks and shards by the exchange calendar. */
import { ECSClient } from '@aws-sdk/client-ecs'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { readSettings } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { momentToIso } from '../../market/moment.ts'
import { phaseAt } from '../../market/phase.ts'
import { MARKET_HOURS_SETTINGS, type Target } from './market-hours-settings.ts'
import { applyMove, type MarketResources, type MoveResult, readState } from './market-resources.ts'
import { movesTo, type ResourceState } from './phase-plan.ts'

const settings = readSettings(MARKET_HOURS_SETTINGS)
const resources: MarketResources = {
  ecs: new ECSClient({ requestHandler: keepAliveHandler() }),
  kinesis: new KinesisClient({ requestHandler: keepAliveHandler() }),
  cluster: settings.CLUSTER,
  services: settings.SERVICES,
  stream: settings.STREAM_NAME,
}

export interface MarketHoursResult {
  readonly time: string
  readonly phase: string
  readonly target: Target
  /** Tasks and shards before the moves. */
  readonly found: ResourceState
  readonly moves: readonly MoveResult[]
}

/** Moves tasks and shards towards the target of the current phase. Ignores the event, which is only a trigger. */
export const handler = lambda<unknown, MarketHoursResult>(async () => {
  const now = clock.now()
  const phase = phaseAt(now, RULES)
  const target = settings.PLAN[phase]
  const found = await readState(resources)
  const moves = await Promise.all(movesTo(target, found).map(move => applyMove(move, resources)))
  const result = { time: momentToIso(now), phase, target, found, moves }
  logger.info('market hours', { ...result })
  countAll({ Moves: moves.length, MovesPutOff: moves.filter(move => move.result === 'later').length })
  return result
})
