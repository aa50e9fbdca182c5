/** close-of-day, which archives a finished day, and the schedule that invokes it. */
import { Duration } from 'aws-cdk-lib'
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { CALENDAR_ID, MARKET_STATE_ID } from '../tables/control/control-keys.ts'
import type { ArchiveBucket } from './data/archive-bucket.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { LostEvents } from './data/lost-events.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { Wakes } from './schedules.ts'
import { KEEP_DAYS, LANES, STORE_SECONDS } from './sizing.ts'

export interface CloseOfDayProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly archive: ArchiveBucket
  readonly lost: LostEvents
}

/** The function close-of-day. It archives a day in parts and invokes itself once for each part. */
export class CloseOfDay extends Construct {
  readonly closeOfDay: ItaFunction

  constructor(scope: Construct, id: string, { setting, tables, archive, lost }: CloseOfDayProps) {
    super(scope, id)
    const { ticks, boards, control } = tables
    this.closeOfDay = new ItaFunction(this, 'CloseOfDay', {
      ...setting,
      name: 'close-of-day',
      isTraced: true,
      // One vCPU (Lambda): one thread does the work of a part.
      memory: 1769,
      // The longest time-out that Lambda allows. A part of a busy day takes three minutes.
      timeout: Duration.minutes(15),
      environment: {
        TICKS_TABLE: ticks.tableName,
        BOARDS_TABLE: boards.tableName,
        CONTROL_TABLE: control.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        KEEP_DAYS: String(KEEP_DAYS),
        STORE_SECONDS: String(STORE_SECONDS),
        LANES: String(LANES),
      },
    })
    this.closeOfDay.allow(['dynamodb:Query', 'dynamodb:BatchWriteItem'], [ticks.tableArn])
    this.closeOfDay.allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], [boards.tableArn])
    this.closeOfDay.allowItems(['dynamodb:GetItem'], control, [CALENDAR_ID, MARKET_STATE_ID])
    archive.allow(this.closeOfDay)

    const { live, lambda } = this.closeOfDay
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [live.functionArn] })
    // A policy of its own: the function depends on its role's default policy, which cannot depend on the function.
    new Policy(this, 'AskItself', { statements: [invoke], roles: [lambda.role!] })
    // With the retries of Lambda. The next event of the schedule does the same work, so a failure that lasts is for a person.
    live.configureAsyncInvoke({ onFailure: lost.destinationOf(this.closeOfDay) })
    new Wakes(this, this.closeOfDay, lost).everyFiveMinutes(
      'Archives a finished day, and its missing parts again.',
    )
  }
}
