/** Schedules in Tokyo time that invoke a function: every five minutes, every minute, or when a phase begins. */
import { Aws } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { HOURS_RULES } from '../market/calendar/hours.ts'
import { phasesOf } from '../market/phase.ts'
import type { LostEvents } from './data/lost-events.ts'
import type { ItaFunction } from './ita-function.ts'

/**
 * Every phase and every peak of a usual date begins at a multiple of five minutes. The start of a peak has no other event: its lead is
 * long enough for the next one.
 */
const EVERY_FIVE_MINUTES = 'cron(0/5 * * * ? *)'
const EVERY_MINUTE = 'cron(* * * * ? *)'
const MINUTE = 60_000_000

/** How often EventBridge Scheduler tries again, and for how long, s. Then the next event of the schedule does the same work. */
interface Retries {
  readonly attempts: number
  readonly age: number
}
const USUAL_RETRIES: Retries = { attempts: 2, age: 240 }
/** An event of the next minute is as good as another attempt. 60 s is the least (EventBridge Scheduler API reference, RetryPolicy). */
const NO_RETRIES: Retries = { attempts: 0, age: 60 }

/** A schedule that market-hours switches on and off. */
export interface SwitchedSchedule {
  readonly name: string
  readonly arn: string
  /** The role that the schedule takes: who changes the schedule must pass it. */
  readonly roleArn: string
}

/** Schedules of a function. They share a role. */
export class Wakes {
  readonly #scope: Construct
  readonly #fn: ItaFunction
  readonly #role: Role
  readonly #lost: Queue

  /** @param lost gets the events that Lambda does not accept. */
  constructor(scope: Construct, fn: ItaFunction, lost: LostEvents) {
    const { queue } = lost
    this.#scope = scope
    this.#fn = fn
    this.#lost = queue
    this.#role = new Role(scope, 'Role', {
      // EventBridge Scheduler user guide, confused deputy prevention.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    })
    this.#role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [fn.live.functionArn] }),
    )
    this.#role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }))
    lost.allowKey(this.#role)
  }

  everyFiveMinutes(description: string): void {
    this.#add('EveryFiveMinutes', EVERY_FIVE_MINUTES, description)
  }

  /** Adds a schedule that is disabled until market-hours enables it. */
  everyMinuteWhenOn(description: string): SwitchedSchedule {
    const { ref, attrArn } = this.#add('EveryMinute', EVERY_MINUTE, description, NO_RETRIES, 'DISABLED')
    return { name: ref, arn: attrArn, roleArn: this.#role.roleArn }
  }

  /**
   * Adds a schedule for each moment at which a phase begins by the newest rule of the code, on every day. It is a second event beside the one of
   * {@link everyFiveMinutes}: if one of them is lost or late, the phase begins on time all the same. Dates with other hours, such as
   * those of the past or of an exception, have the event of every five minutes alone.
   */
  atEachPhase(): void {
    for (const { phase, time } of phasesOf(HOURS_RULES[HOURS_RULES.length - 1]!.hours)) {
      // Nothing begins at midnight: the exchange stays closed.
      if (time === 0) continue
      const minutes = time / MINUTE
      const [hour, minute] = [Math.trunc(minutes / 60), minutes % 60]
      const id = `At${String(hour).padStart(2, '0')}${String(minute).padStart(2, '0')}`
      this.#add(id, `cron(${minute} ${hour} * * ? *)`, `The phase ${phase} begins.`)
    }
  }

  #add(
    id: string,
    scheduleExpression: string,
    description: string,
    { attempts, age } = USUAL_RETRIES,
    state?: 'DISABLED',
  ): CfnSchedule {
    return new CfnSchedule(this.#scope, id, {
      description,
      ...(state === undefined ? {} : { state }),
      scheduleExpression,
      scheduleExpressionTimezone: 'Asia/Tokyo',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.#fn.live.functionArn,
        roleArn: this.#role.roleArn,
        input: '{}',
        retryPolicy: { maximumRetryAttempts: attempts, maximumEventAgeInSeconds: age },
        deadLetterConfig: { arn: this.#lost.queueArn },
      },
    })
  }
}
