/** A watchlist (銘柄リスト) in the terminal: `node watchlist.ts 7203 6758 8306`, with Node 24. */
import { type BoardJson, connect } from '@itastream/client'
import { token, url } from './local-system.ts'

const client = connect({ url, token, pace: 1000 })
const boards = new Map<string, BoardJson>()
for (const issue of process.argv.slice(2)) {
  client.subscribe(issue, ({ board }) => boards.set(issue, board), { view: 'quote' })
}
client.on('error', ({ code, message }) => console.error(code, message))

/** Returns issue, last price (現在値), change of the day (前日比), volume (出来高), and the best quotes (気配). */
function row([issue, { last, volume = 0, asks, bids }]: [string, BoardJson]): string {
  const base = client.basePrice(issue)
  const change = last === undefined || base === undefined ? '-' : (last.price - base).toFixed(1)
  return [issue, last?.price ?? '-', change, volume, bids[0]?.[0] ?? '-', asks[0]?.[0] ?? '-'].join('\t')
}

setInterval(() => {
  const { staleSince } = client
  console.clear()
  console.log(staleSince === undefined ? 'live' : `stale since ${staleSince.toLocaleTimeString()}`)
  for (const entry of boards) console.log(row(entry))
}, 1000)
