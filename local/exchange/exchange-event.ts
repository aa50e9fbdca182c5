/** What the exchange sends on its three lines, in order. */

import type { Board } from '../../market/board.ts'
import type { LineNumber } from '../../market/lane.ts'
import type { IssueMaster, Phase } from '../../market/market-event.ts'
import type { Trade } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'

export type ExchangeEvent =
  | {
      readonly kind: 'message'
      readonly line: LineNumber
      /** Counter of the line: 1, 2, 3 … without gaps. */
      readonly sequence: number
      readonly time: DayMicros
      readonly issue: string
      /** The true board after the message. The object changes with later messages: copy it to keep it. */
      readonly board: Board
      readonly trade?: Trade
      /** The whole message, from its first 0x11 to its last. */
      readonly bytes: Uint8Array
    }
  | {
      /** A message of another exchange on the same line. It takes a counter like any other message. */
      readonly kind: 'elsewhere'
      readonly line: LineNumber
      readonly sequence: number
      readonly time: DayMicros
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'issues'
      readonly line: LineNumber
      readonly time: DayMicros
      readonly issues: IssueMaster[]
    }
  | {
      readonly kind: 'news'
      readonly line: LineNumber
      readonly time: DayMicros
      readonly headline: string
      readonly issues: string[]
    }
  | { readonly kind: 'phase'; readonly line: LineNumber; readonly time: DayMicros; readonly phase: Phase }
