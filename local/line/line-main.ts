/**
 * The feed server as a process of its own.
 *
 * Its only argument is JSON: `{ "source": { "exchange": {…} }, "host": "127.0.0.1", "ports": [0, 0, 0], "logins": 4 }`. The
 * exchange starts when each line has so many logins. The environment has MARKET_CLOCK, LINE_USER and LINE_PASSWORD. The
 * process writes JSON lines to standard output: `{"ports":[…]}` once it listens, then every second
 * `{"messages":[…],"behind":…}`.
 */
import * as v from 'valibot'
import { parseClock } from '../../market/clock.ts'
import { LINES } from '../../market/lane.ts'
import { asTradingDate } from '../../market/units.ts'
import { openExchange } from '../exchange/exchange.ts'
import { openReplay } from '../replay/replay-exchange.ts'
import { openTape } from '../replay/tape-reader.ts'
import { startLines } from './line-server.ts'

/** Time between two lines of figures, milliseconds. */
const STATS_INTERVAL = 1000

const argumentSchema = v.object({
  source: v.union([
    v.object({
      exchange: v.object({
        seed: v.number(),
        issues: v.number(),
        rate: v.number(),
        tradingDate: v.pipe(v.number(), v.transform(asTradingDate)),
        from: v.number(),
        fill: v.exactOptional(v.object({ until: v.number(), rate: v.number() })),
      }),
    }),
    v.object({ tape: v.string(), from: v.number() }),
  ]),
  host: v.string(),
  ports: v.pipe(v.array(v.number()), v.length(LINES)),
  logins: v.number(),
})
const environmentSchema = v.object({
  MARKET_CLOCK: v.string(),
  LINE_USER: v.string(),
  LINE_PASSWORD: v.string(),
})

const { source, host, ports, logins } = v.parse(argumentSchema, JSON.parse(process.argv[2] ?? 'null'))
const environment = v.parse(environmentSchema, process.env)

const print = (fact: object): void => console.log(JSON.stringify(fact))

const lines = await startLines({
  exchange: 'tape' in source ? openReplay(openTape(source.tape), source.from) : openExchange(source.exchange),
  clock: parseClock(environment.MARKET_CLOCK),
  host,
  ports,
  user: environment.LINE_USER,
  password: environment.LINE_PASSWORD,
  hold: { at: 'tape' in source ? source.from : source.exchange.from, logins },
})
print({ ports: lines.ports })
const timer = setInterval(() => print(lines.stats()), STATS_INTERVAL)

async function stop(): Promise<void> {
  clearInterval(timer)
  await lines.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
// The parent process is gone: nobody reads standard output any more.
process.stdout.on('error', stop)
