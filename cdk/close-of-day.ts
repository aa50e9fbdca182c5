import { Duration } from 'aws-cdk-lib'
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { Archive } from './archive-bucket.ts'
import { wakeEveryFiveMinutes } from './every-five-minutes.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { KEEP_DAYS, STORE_TIMEOUT_SECONDS, STORE_WINDOW_SECONDS } from './sizing.ts'
import type { Tables } from './tables.ts'

export interface CloseOfDayProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly archive: Archive
}

/** close-of-day, which archives a finished day in parts, each an invocation of its own, and what wakes it. */
export class CloseOfDay extends Construct {
  readonly closeOfDay: ItaFunction

  constructor(scope: Construct, id: string, { setting, tables, archive }: CloseOfDayProps) {
    super(scope, id)
    const { ticks, boards } = tables
    this.closeOfDay = new ItaFunction(this, 'CloseOfDay', {
      ...setting,
      name: 'close-of-day',
      // One vCPU (Lambda): a part is the work of one thread.
      memory: 1769,
      // The most Lambda allows. A part of a busy day takes three minutes of it.
      timeout: Duration.minutes(15),
      environment: {
        TICKS_TABLE: ticks.tableName,
        BOARDS_TABLE: boards.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        KEEP_DAYS: String(KEEP_DAYS),
        STORE_SECONDS: String(STORE_WINDOW_SECONDS + STORE_TIMEOUT_SECONDS),
      },
    })
    this.closeOfDay.allow(['dynamodb:Query', 'dynamodb:BatchWriteItem'], [ticks.tableArn])
    this.closeOfDay.allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], [boards.tableArn])
    archive.allow(this.closeOfDay)

    const { functionArn, role } = this.closeOfDay.lambda
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] })
    // Not in the function's own policy: the function waits for that one, which would wait for the function.
    new Policy(this, 'AskItself', { statements: [invoke], roles: [role!] })
    wakeEveryFiveMinutes(
      this,
      this.closeOfDay,
      'Archives the day once it is over, and whatever of it is missing.',
    )
  }
}
