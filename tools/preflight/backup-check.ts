/** Checks where the backups of a stage are. */
import type { BackupConfig } from '../../cdk/data/data-config.ts'
import { type CheckResult, ok, unknown } from './check-result.ts'

/**
 * Warns of backups that one account alone has: whoever may do everything there may delete the tables and their backups, unless the lock of
 * the vault is of the mode compliance. Even then the key of the backups is in the same account.
 */
export function checkBackups({ copyTo, lock }: BackupConfig): CheckResult {
  const area = 'backup'
  if (copyTo !== undefined) return ok(area, `each backup is copied to ${copyTo}`)
  return unknown(
    area,
    lock === 'governance'
      ? 'backup.copyTo is not set, and an administrator of the account can remove the lock of the vault'
      : 'backup.copyTo is not set, and the key of the backups is in the same account',
    'Set backup.copyTo of the stage to a vault in another account: docs/deploy.md#keys-backups-and-logs.',
  )
}
