/**
 * Writes every trade (歩み値) of some issues as a line of JSON: `node recorder.ts 7203 6758 > trades.jsonl`, with Node 24. If
 * trades are lost for good, a line says so in their place. Control-C ends it, after what has arrived is written.
 */
import { once } from 'node:events'
import { connect } from '@itastream/client'
import { history, token, url } from './local-system.ts'

// With `history` also the trades of a long outage come.
const client = connect({ url, history, token })
client.on('state', ({ state, reason }) => console.error(state, reason))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close())

async function write(line: object): Promise<void> {
  // A slow disk or pipe stops the loop. The trades wait in the client meanwhile.
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain')
}

for await (const { issue, board, trades, lost } of client.boards(process.argv.slice(2), {
  view: 'quote',
  trades: true,
})) {
  if (lost) await write({ issue, lost: true, time: board.time })
  for (const trade of trades) await write({ issue, ...trade })
}
