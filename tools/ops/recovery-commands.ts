/** The commands of `npm run ops` that bring back what was lost: redrive, copy-table and restore-day (docs/recovery.md). */
import type { KinesisStreamBatchResponse } from 'aws-lambda'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createPace } from '../../tables/ticks/write-pace.ts'
import { type CopyResult, copyControl, copyTicks, copyUsers } from './copy-table.ts'
import type { MergeTarget } from './merge-ticks.ts'
import type { RecoveryCommand } from './ops-options.ts'
import { redrive } from './redrive.ts'
import { restoreDay } from './restore-day.ts'
import { reach, type Target } from './target.ts'

/** Write units a second of a restore: what one partition of a table takes (DynamoDB quotas), less a fifth for store-ticks. */
const UNITS_PER_SECOND = 800

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** @returns whether everything was brought back. */
export async function recover(target: Target, command: RecoveryCommand): Promise<boolean> {
  switch (command.command) {
    case 'redrive': {
      const parts = {
        bucket: target.bucket('FailedBatches'),
        storeTicks: target.storeTicks(),
        store: (Records: readonly object[]) =>
          target.invokeStoreTicks({ Records }) as Promise<KinesisStreamBatchResponse>,
        print,
      }
      const { failed } = await reach('failed batches', redrive(parts, command))
      return failed === 0
    }
    case 'copy-table':
      print(copyText(await reach(`copy of ${command.from}`, copyTable(target, command))))
      return true
    case 'restore-day': {
      const calendar = await reach('control table', createCalendarReader(target.control, print).read())
      const parts = {
        ...mergeTarget(target),
        archive: target.bucket('ArchiveBucket'),
        calendar,
        now: target.clock.now(),
        print,
      }
      const { ticks, issues, packs } = await reach('restore', restoreDay(parts, command.date))
      print(
        `${ticks.toLocaleString('en-US')} ticks of ${issues} issues are stored, ${packs} packs were written.`,
      )
      return true
    }
  }
}

function copyTable(
  target: Target,
  { from, to }: Extract<RecoveryCommand, { command: 'copy-table' }>,
): Promise<CopyResult> {
  const source = { client: target.control.client, table: from }
  if (to === 'control') return copyControl(source, target.control)
  return to === 'users'
    ? copyUsers(source, target.table('UsersTable'))
    : copyTicks(source, mergeTarget(target))
}

function mergeTarget(target: Target): MergeTarget {
  return { ticks: { ...target.table('TicksTable'), consistent: true }, pace: createPace(UNITS_PER_SECOND) }
}

function copyText({ copied, kept, skipped }: CopyResult): string {
  return `${copied} items written, ${kept} items kept that the table has, ${skipped} items not copied.`
}
