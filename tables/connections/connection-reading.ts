/** Reads what the item of a connection says: its issues with their views, its paces and its encoding. */
import { DEFAULT_PACE_MS, type Encoding } from '../../market/protocol.ts'
import type { View } from '../../market/view.ts'
import type { ConnectionItem, Paces } from './connections-table.ts'

/** Returns the view of each issue that a connection subscribes to. */
export function subscriptionsOf(item: ConnectionItem): Map<string, View> {
  const { issues = [], quotes = [], quotesWithTrades = new Set() } = item
  const views = new Map<string, View>()
  for (const issue of quotes) views.set(issue, quotesWithTrades.has(issue) ? 'quote-trades' : 'quote')
  for (const issue of issues) views.set(issue, 'board')
  return views
}

/** Returns the paces of a connection. An item of an older release has the default pace, and its user no faster one. */
export function pacesOf({ pace = DEFAULT_PACE_MS, fastestPace = DEFAULT_PACE_MS }: ConnectionItem): Paces {
  return { pace, fastestPace }
}

/** Returns the encoding of a connection. An item of an older release has JSON. */
export function encodingOf({ encoding = 'json' }: ConnectionItem): Encoding {
  return encoding
}
