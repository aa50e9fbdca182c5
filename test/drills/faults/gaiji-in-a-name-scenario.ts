/** Scenario: names of the issue master and headlines have user-defined characters, and bytes that are no character. */
import type { Exchange } from '../../../local/exchange/exchange.ts'
import type { ExchangeEvent } from '../../../local/exchange/exchange-event.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import type { Lines } from '../../../local/line/line-server.ts'
import type { StreamEvent } from '../../../market/market-event.ts'
import type { DayMicros } from '../../../market/units.ts'
import { openStream, type Stream } from '../../ingest-task/ingest-stream.ts'
import { MARKET, marketClock, openLines, type Running, runIngest } from '../../ingest-task/line-and-stream.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const LINE = 1
const HEADLINES = 20
const GAIJI_START = 0xe000
const GAIJI_COUNT = 1_880
/** The last headline. It can be read in any case. */
const END = 'end of the news'
/** The line sends it as a byte that is no character. */
const NO_CHARACTER = '\ufffd'

function oddCharacter(random: Random): string {
  return random() < 0.3 ? NO_CHARACTER : String.fromCharCode(GAIJI_START + below(random, GAIJI_COUNT))
}

/** What the line sends. */
class OddMarket {
  /** Names of the line's issues by code. */
  readonly names = new Map<string, string>()
  readonly headlines: readonly string[]
  readonly #random: Random
  /** News that the line has not sent. They wait for the reader: a snapshot repeats no news. */
  readonly #left: string[]
  areNewsDue = false

  constructor(seed: number) {
    this.#random = randomOf('gaiji-in-a-name', seed)
    this.headlines = Array.from(
      { length: HEADLINES },
      (_, index) => `${oddCharacter(this.#random)}速報${index}`,
    )
    this.#left = [...this.headlines, END]
  }

  arranged(exchange: Exchange): Exchange {
    return { ...exchange, advance: time => this.#advance(exchange, time) }
  }

  *#advance(exchange: Exchange, time: DayMicros): Generator<ExchangeEvent> {
    for (const event of exchange.advance(time)) {
      if (event.kind !== 'issues' || event.line !== LINE) {
        yield event
        continue
      }
      const issues = event.issues.map(issue => ({ ...issue, name: issue.name + oddCharacter(this.#random) }))
      for (const { code, name } of issues) this.names.set(code, name)
      yield { ...event, issues }
    }
    const headline = this.areNewsDue ? this.#left.shift() : undefined
    if (headline !== undefined) yield { kind: 'news', line: LINE, time, headline, issues: [] }
  }
}

async function eventsOf(stream: Stream): Promise<StreamEvent[]> {
  const envelopes = await stream.envelopes()
  return envelopes.flatMap(envelope => (envelope.kind === 'events' ? envelope.events : []))
}

async function run(seed: number): Promise<Outcome> {
  const market = new OddMarket(seed)
  const clock = marketClock()
  const stream = await openStream()
  let lines: Lines | undefined
  let task: Running | undefined
  try {
    lines = await openLines(clock, MARKET.tradingDate, [0, 0, 0], exchange => market.arranged(exchange))
    task = runIngest(stream, clock, LINE, lines.ports[LINE - 1]!)
    await task.logged('line is live')
    market.areNewsDue = true
    await until(
      async () => (await eventsOf(stream)).some(event => event.type === 'news' && event.headline === END),
      'the last news in the stream',
    )
    await task.close()
    return compare(market, await eventsOf(stream), task.stats().badMessages)
  } finally {
    await task?.close()
    await lines?.close()
    await stream.close()
  }
}

function compare(market: OddMarket, events: readonly StreamEvent[], counted: number): Outcome {
  const { names, headlines } = market
  const broken = [...names.values(), ...headlines].filter(text => text.includes(NO_CHARACTER)).length
  if (broken === 0) throw new Error('expected texts with bytes that are no character, got none')
  const listed = new Map(
    events.flatMap(event =>
      event.type === 'issues' ? event.issues.map(({ code, name }) => [code, name] as const) : [],
    ),
  )
  const read = new Set(
    events.flatMap(event => (event.type === 'news' && event.headline !== END ? [event.headline] : [])),
  )
  const wrong = [...listed].filter(([code, name]) => names.get(code) !== name).length
  const unlisted = [...names.keys()].filter(code => !listed.has(code)).length
  const unread = headlines.filter(headline => !read.has(headline)).length
  return {
    wrong: wrong + (counted === broken ? 0 : 1),
    lost: unlisted + unread,
    starved: 0,
    measured: `${listed.size} of ${names.size} issues, ${read.size} of ${headlines.length} news, ${counted} of ${broken} broken texts counted`,
  }
}

export const gaijiInAName: Scenario = {
  name: 'gaiji-in-a-name',
  fault: 'names and headlines have user-defined characters and bytes that are no character',
  run,
}
