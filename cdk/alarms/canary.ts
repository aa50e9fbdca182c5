/** The canary, which asks the REST API from outside every minute, and its schedule, which market-hours switches. */
import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { LostEvents } from '../data/lost-events.ts'
import { type FunctionSetting, ItaFunction } from '../ita-function.ts'
import { type SwitchedSchedule, Wakes } from '../schedules.ts'
import { STORE_SECONDS } from '../sizing.ts'

/** An event that Lambda has not run within a minute is of no use: the event of the next minute asks the same. */
const EVENT_AGE = Duration.minutes(1)

export interface CanaryProps {
  readonly setting: FunctionSetting
  /** The address of the REST API. */
  readonly restUrl: string
  readonly lost: LostEvents
}

/** The function canary. It has no rights but to write its log: it knows what every reader can know. */
export class Canary extends Construct {
  readonly canary: ItaFunction
  readonly schedule: SwitchedSchedule

  constructor(scope: Construct, id: string, { setting, restUrl, lost }: CanaryProps) {
    super(scope, id)
    this.canary = new ItaFunction(this, 'Canary', {
      ...setting,
      name: 'canary',
      memory: 512,
      timeout: Duration.seconds(15),
      environment: { REST_URL: restUrl, STORE_SECONDS: String(STORE_SECONDS) },
    })
    this.canary.live.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVENT_AGE })
    const wakes = new Wakes(this, this.canary, lost)
    this.schedule = wakes.everyMinuteWhenOn('Asks the REST API as a reader does, while tasks run.')
  }
}
