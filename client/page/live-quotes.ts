/** The live rows of the watchlist: subscriptions in view `quote`, while the watchlist is shown. */
import type { BoardJson } from '../../market/board-json.ts'
import type { Itastream } from '../itastream.ts'
import type { PageState } from './state.ts'

export interface Quotes {
  /** Makes the subscriptions match the watchlist. @param client undefined after signing out. */
  settle(client: Itastream | undefined): void
  /** There is a new list of issues. Until the client has subscribed again, it has no base prices. */
  listChanged(): void
}

export function createQuotes(state: PageState, changed: () => void): Quotes {
  const subscriptions = new Map<string, () => void>()

  function remove(code: string, off: () => void): void {
    off()
    subscriptions.delete(code)
    state.quotes.delete(code)
    state.basePrices.delete(code)
  }

  return {
    listChanged: () => state.basePrices.clear(),
    settle(client) {
      const wanted = new Set(client !== undefined && state.tab === 'watch' ? state.watched : [])
      for (const [code, off] of subscriptions) if (!wanted.has(code)) remove(code, off)
      for (const code of wanted) {
        if (client === undefined || subscriptions.has(code)) continue
        try {
          subscriptions.set(
            code,
            client.subscribe(code, event => follow(client, code, event.board), { view: 'quote' }),
          )
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          state.notice = '接続ひとつで受信できる銘柄数を超えています。 Too many issues for one connection.'
          return
        }
      }
    },
  }

  function follow(client: Itastream, code: string, board: BoardJson): void {
    state.quotes.set(code, board)
    const base = client.basePrice(code)
    if (base === undefined) state.basePrices.delete(code)
    else state.basePrices.set(code, base)
    changed()
  }
}
