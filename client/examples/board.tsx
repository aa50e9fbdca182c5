/**
 * A board (板) in React. In a project with react, react-dom, esbuild and this package:
 *
 *     npx esbuild board.tsx --bundle --jsx=automatic --outfile=board.js --servedir=.
 *
 * Then open http://localhost:8000/board.html#7203. The addresses are those of `npm start` in the itastream repository.
 */
import { type BoardJson, connect, type Itastream, type LevelJson } from '@itastream/client'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'

/** Returns the board of an issue, and renders again with every change. A board is never changed, so React can compare it. */
function useBoard(client: Itastream, issue: string): BoardJson | undefined {
  const subscribe = useCallback((changed: () => void) => client.subscribe(issue, changed), [client, issue])
  return useSyncExternalStore(subscribe, () => client.board(issue))
}

/** Returns since when boards cannot be trusted, undefined while they can. */
function useStaleSince(client: Itastream): Date | undefined {
  const [since, setSince] = useState(client.staleSince)
  useEffect(() => client.on('stale', event => setSince(event.since)), [client])
  return since
}

function Level({ side, level }: { side: 'ask' | 'bid'; level: LevelJson | null }) {
  const [price, quantity] = level ?? []
  return (
    <tr className={side}>
      <td>{side === 'ask' ? quantity : ''}</td>
      <td>{price ?? '-'}</td>
      <td>{side === 'bid' ? quantity : ''}</td>
    </tr>
  )
}

function Board({ client, issue }: { client: Itastream; issue: string }) {
  const board = useBoard(client, issue)
  const staleSince = useStaleSince(client)
  if (board === undefined) return <p>{issue} …</p>
  return (
    <table style={{ opacity: staleSince === undefined ? 1 : 0.4 }}>
      <caption>
        {issue} 現在値 {board.last?.price ?? '-'} 出来高 {board.volume ?? 0}
        {staleSince === undefined ? '' : ` (${staleSince.toLocaleTimeString()} から更新なし)`}
      </caption>
      <thead>
        <tr>
          <th>売</th>
          <th>値段</th>
          <th>買</th>
        </tr>
      </thead>
      <tbody>
        {board.asks.toReversed().map((level, index) => (
          <Level key={`ask ${board.asks.length - index}`} side="ask" level={level} />
        ))}
        {board.bids.map((level, index) => (
          <Level key={`bid ${index + 1}`} side="bid" level={level} />
        ))}
      </tbody>
    </table>
  )
}

const address = new URLSearchParams(location.search)
const client = connect({
  url: address.get('url') ?? 'ws://localhost:8081/live',
  async token() {
    const tokenUrl = address.get('token') ?? 'http://localhost:8083/token'
    const response = await fetch(tokenUrl, { method: 'POST' })
    return ((await response.json()) as { access_token: string }).access_token
  },
})
const root = document.getElementById('board')
if (root !== null) createRoot(root).render(<Board client={client} issue={location.hash.slice(1) || '7203'} />)
