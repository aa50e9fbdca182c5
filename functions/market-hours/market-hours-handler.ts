import { ECSClient } from '@aws-sdk/client-ecs'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { readSettings } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { momentToIso } from '../../market/moment.ts'
import { phaseAt } from '../../market/phase.ts'
import { MARKET_HOURS_SETTINGS, type Target } from './market-hours-settings.ts'
import { type Found, movesTo } from './phase-plan.ts'
import { findOut, type Moved, make, type World } from './world.ts'

const settings = readSettings(MARKET_HOURS_SETTINGS)
const world: World = {
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
  readonly found: Found
  readonly moves: readonly Moved[]
}

/** Whatever woke it, and however often: it compares what there is with what should be, and moves it there. */
export const handler = lambda<unknown, MarketHoursResult>(async () => {
  const now = clock.now()
  const phase = phaseAt(now)
  const target = settings.PLAN[phase]
  const found = await findOut(world)
  const moves = await Promise.all(movesTo(target, found).map(move => make(move, world)))
  const result = { time: momentToIso(now), phase, target, found, moves }
  logger.info('market hours', { ...result })
  countAll({ Moves: moves.length, MovesPutOff: moves.filter(move => move.result === 'later').length })
  return result
})
