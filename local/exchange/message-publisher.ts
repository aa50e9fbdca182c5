/** Turns what changed on a board into a message of its line. */
import { deriveTrade } from '../../market/trade.ts'
import { showBoard } from './board-view.ts'
import type { ExchangeEvent } from './exchange.ts'
import { ALL_TAGS, changedTags, encodeFlexMessage, MAX_MESSAGE_BYTES } from './flex.ts'
import type { IssueState } from './issue-state.ts'

/** Messages are cut from blocks of this size, so that not each of them is an allocation of its own. */
const BLOCK_BYTES = 64 * 1024

export interface Publisher {
  /** Brings the board up to date; if somebody sees it, with the message that says so. An issue's first is its whole board. */
  say(state: IssueState, time: number, isSeen: boolean): ExchangeEvent | undefined
}

export function createPublisher(): Publisher {
  const sequences = { 1: 0, 2: 0, 3: 0 }
  let block = new Uint8Array(BLOCK_BYTES)
  let used = 0
  return {
    say(state, time, isSeen) {
      showBoard(state, time)
      if (!isSeen) return undefined
      const { line, board, said } = state
      const sequence = ++sequences[line]
      const tags = state.isSaid ? changedTags(said.values, board.values) : ALL_TAGS
      if (used + MAX_MESSAGE_BYTES > BLOCK_BYTES) {
        block = new Uint8Array(BLOCK_BYTES)
        used = 0
      }
      const end = encodeFlexMessage(block, used, { line, sequence, board, tags })
      const bytes = block.subarray(used, end)
      used = end
      const trade = state.isSaid ? deriveTrade(said, board) : undefined
      said.values.set(board.values)
      state.isSaid = true
      return { kind: 'message', line, sequence, time, issue: board.issue, board, trade, bytes }
    },
  }
}
