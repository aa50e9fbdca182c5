/** Turns the changes of a board into a message of its line. */
import { deriveTrade } from '../../market/trade.ts'
import type { DayMicros } from '../../market/units.ts'
import { showBoard } from './board-view.ts'
import type { ExchangeEvent } from './exchange-event.ts'
import { ALL_TAGS, changedTags, encodeFlexMessage, MAX_MESSAGE_BYTES } from './flex.ts'
import type { IssueState } from './issue-state.ts'

/** Messages are slices of blocks of this size: one allocation serves many messages. */
const BLOCK_BYTES = 64 * 1024

export interface Publisher {
  /**
   * Updates the board of `state` from its orders. Returns the message if the market is open to readers. The first message
   * of an issue carries its whole board.
   */
  publish(state: IssueState, time: DayMicros, isOpen: boolean): ExchangeEvent | undefined
}

export function createPublisher(): Publisher {
  const sequences = { 1: 0, 2: 0, 3: 0 }
  let block = new Uint8Array(BLOCK_BYTES)
  let used = 0
  return {
    publish(state, time, isOpen) {
      showBoard(state, time)
      if (!isOpen) return undefined
      const { line, board, published } = state
      const sequence = ++sequences[line]
      const tags = state.isPublished ? changedTags(published.values, board.values) : ALL_TAGS
      if (used + MAX_MESSAGE_BYTES > BLOCK_BYTES) {
        block = new Uint8Array(BLOCK_BYTES)
        used = 0
      }
      const end = encodeFlexMessage(block, used, { line, sequence, board, tags })
      const bytes = block.subarray(used, end)
      used = end
      const trade = state.isPublished ? deriveTrade(published, board) : undefined
      published.values.set(board.values)
      state.isPublished = true
      return { kind: 'message', line, sequence, time, issue: board.issue, board, trade, bytes }
    },
  }
}
