/** The canary, which asks the APIs from outside every minute, and its schedule, which market-hours switches. */
import { CfnCondition, Duration, Fn } from 'aws-cdk-lib'
import { type CfnPolicy, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { LostEvents } from '../data/lost-events.ts'
import { type FunctionSetting, ItaFunction } from '../ita-function.ts'
import { type SwitchedSchedule, Wakes } from '../schedules.ts'
import { STORE_SECONDS } from '../sizing.ts'

/** An event that Lambda has not run within a minute is of no use: the event of the next minute asks the same. */
const EVENT_AGE = Duration.minutes(1)

export interface CanaryProps {
  readonly setting: FunctionSetting
  /** The address of the REST API, as readers have it. */
  readonly restUrl: string
  /** The address of the WebSocket API, as apps have it. */
  readonly webSocketUrl: string
  /** The parameter `CanarySecret`. */
  readonly secret: string
  readonly lost: LostEvents
}

/** The function canary. It may write its log, and read the secret with its credentials if there is one. */
export class Canary extends Construct {
  readonly canary: ItaFunction
  readonly schedule: SwitchedSchedule

  constructor(scope: Construct, id: string, { setting, restUrl, webSocketUrl, secret, lost }: CanaryProps) {
    super(scope, id)
    this.canary = new ItaFunction(this, 'Canary', {
      ...setting,
      name: 'canary',
      memory: 512,
      timeout: Duration.seconds(45),
      parameters: [secret],
      environment: {
        REST_URL: restUrl,
        WEBSOCKET_URL: webSocketUrl,
        CANARY_SECRET: secret,
        STORE_SECONDS: String(STORE_SECONDS),
      },
    })
    this.canary.live.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVENT_AGE })
    this.#allowSecret(secret)
    const wakes = new Wakes(this, this.canary, lost)
    this.schedule = wakes.everyMinuteWhenOn('Asks the APIs as a reader and as an app, while tasks run.')
  }

  /** A policy may not name an empty ARN, so there is none without a secret. */
  #allowSecret(secret: string): void {
    const statement = new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret] })
    const policy = new Policy(this, 'ReadSecret', {
      statements: [statement],
      roles: [this.canary.lambda.role!],
    })
    const hasSecret = new CfnCondition(this, 'HasSecret', {
      expression: Fn.conditionNot(Fn.conditionEquals(secret, '')),
    })
    const cfnPolicy = policy.node.defaultChild as CfnPolicy
    cfnPolicy.cfnOptions.condition = hasSecret
  }
}
