/** Writing the boards of a round to the boards table. */
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { eachOf } from '../../lambda/each-of.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { type BoardsTable, boardId } from '../../tables/boards/boards-table.ts'
import { type Item, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'

/**
 * A round waits no longer for the table (ms), as it does for a slow post. What was not taken by then goes with the
 * next round. Nothing is left in flight: between invocations an environment stands still, and what it would send
 * after that could be older than what another one has written.
 */
const WRITE_LIMIT_MS = 1_000
/** Errors by which the table says that it is asked too much (DynamoDB developer guide, error handling). */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])
/** Batches in flight, and single writes. */
const WRITES_IN_FLIGHT = 16

export interface BoardWriter {
  /**
   * Writes the latest ticks of a round, and, unless the table has something newer by now, those it did not take before.
   * @throws Error when the table refused a write for another reason than its limits or its slowness.
   */
  write(ticks: Iterable<Tick>): Promise<void>
  /** Issues whose board is still to be written. */
  due(): Iterable<string>
}

export function createBoardWriter({ client, table }: BoardsTable): BoardWriter {
  const due = new Map<string, Tick>()

  /** A round's own boards are newer than all the table has: a lane's rounds follow each other, wherever they run. */
  const putBatch = async (batch: readonly Tick[], abortSignal: AbortSignal): Promise<void> => {
    const requests = batch.map(tick => ({ PutRequest: { Item: boardItem(tick) } }))
    const RequestItems = { [table]: requests }
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems }), { abortSignal })
    const left = new Set(answer.UnprocessedItems?.[table]?.map(({ PutRequest }) => PutRequest?.Item?.id?.S))
    for (const { board } of batch) if (!left.has(boardId(board.issue))) due.delete(board.issue)
  }

  /** One that was left is written only over an older one: its lane may have moved to another environment. */
  const putLeft = async (tick: Tick, abortSignal: AbortSignal): Promise<void> => {
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: boardItem(tick),
          ConditionExpression:
            'attribute_not_exists(id) OR #date < :date OR (#date = :date AND #sequence < :sequence)',
          ExpressionAttributeNames: { '#date': 'tradingDate', '#sequence': 'sequence' },
          ExpressionAttributeValues: {
            ':date': { N: String(tick.tradingDate) },
            ':sequence': { N: String(tick.sequence) },
          },
        }),
        { abortSignal },
      )
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
    due.delete(tick.board.issue)
  }

  return {
    async write(ticks) {
      const newest = new Map<string, Tick>()
      for (const tick of ticks) newest.set(tick.board.issue, tick)
      const left = [...due.values()].filter(tick => !newest.has(tick.board.issue))
      const batches: Tick[][] = []
      for (const [issue, tick] of newest) {
        due.set(issue, tick)
        if ((batches.at(-1)?.length ?? WRITES_PER_REQUEST) === WRITES_PER_REQUEST) batches.push([tick])
        else batches.at(-1)?.push(tick)
      }
      const limit = AbortSignal.timeout(WRITE_LIMIT_MS)
      const errors: unknown[] = []
      const attempt = async (work: () => Promise<void>): Promise<void> => {
        if (limit.aborted) return
        try {
          await work()
        } catch (error) {
          if (!limit.aborted && !isThrottle(error)) errors.push(error)
        }
      }
      await Promise.all([
        eachOf(batches, WRITES_IN_FLIGHT, batch => attempt(() => putBatch(batch, limit))),
        eachOf(left, WRITES_IN_FLIGHT, tick => attempt(() => putLeft(tick, limit))),
      ])
      if (errors.length > 0) {
        throw new AggregateError(errors, `${errors.length} writes to ${table} failed: ${errors[0]}`)
      }
    },
    due: () => due.keys(),
  }
}

function boardItem(tick: Tick): Item {
  return {
    id: { S: boardId(tick.board.issue) },
    pack: { B: encodePack([tick]) },
    tradingDate: { N: String(tick.tradingDate) },
    sequence: { N: String(tick.sequence) },
  }
}

function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name)
}
