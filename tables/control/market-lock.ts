/** The lock of market-hours: one run at a time changes resources. It ends by itself, so a run that died blocks no other. */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { addMillis, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import { putIf, type Table, unlessRefused } from '../dynamodb.ts'
import { MARKET_LOCK_ID } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface MarketLockItem {
  readonly id: typeof MARKET_LOCK_ID
  /** The run that holds the lock. */
  readonly owner: string
  /** Real time, epoch ms: from then on the lock is free. */
  readonly until: EpochMillis
}

export type MarketLockTable = Table<MarketLockItem>

/**
 * Takes the lock for `duration`.
 * @returns false, without a change, while another run holds it.
 */
export function takeMarketLock(control: MarketLockTable, owner: string, duration: Millis): Promise<boolean> {
  const now = nowMillis()
  return putIf<MarketLockItem>(
    control,
    { id: MARKET_LOCK_ID, owner, until: addMillis(now, duration) },
    {
      // A retry of the SDK whose first answer was lost finds its own lock.
      expression: 'attribute_not_exists(#until) OR #until < :now OR #owner = :owner',
      names: { '#until': 'until', '#owner': 'owner' },
      values: { ':now': now, ':owner': owner },
    },
  )
}

/** Frees the lock, unless another run has taken it meanwhile. */
export async function freeMarketLock({ client, table }: MarketLockTable, owner: string): Promise<void> {
  const free = new DeleteCommand({
    TableName: table,
    Key: { id: MARKET_LOCK_ID },
    ConditionExpression: '#owner = :owner',
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: { ':owner': owner },
  })
  await unlessRefused(client.send(free))
}
