/**
 * The trades that apps have missed, as texts. Apps that lost their connections together ask for the same trades, so texts are
 * shared: entries begin at the borders of the journal, wherever an app begins.
 */
import { tradeRow } from '../../market/board-to-json.ts'
import type { TickTrade } from '../../market/issue-update.ts'
import { isoDate, momentOf } from '../../market/moment.ts'
import type { MissedTrades } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { POSTS_PER_PUSH } from '../../posts/push.ts'
import { createKeptTexts } from './kept-texts.ts'
import type { MarketLog } from './market-log.ts'
import type { SinceMark } from './members.ts'
import type { IssueTrades, TradeJournal, TradeRange } from './trade-journal.ts'

/** Bytes of texts that are kept for later rounds: apps that were cut together connect again over 20 s (WEBSOCKET_RATE in cdk/sizing.ts). */
const KEPT_BYTES = 16_000_000
/**
 * Trades that are written as text in one round of posts: some 15 ms of CPU time (docs/performance.md). An app whose trades
 * have no place in the round waits for the next one.
 */
export const TRADES_PER_ROUND = 10_000
/** Bytes of missed trades in the pushes of one round: some 20 ms of CPU time. A push has a shared text once. */
export const BYTES_PER_ROUND = 4_000_000

/** The next entries of an issue for a connection. */
export interface MissedPart {
  readonly texts: readonly string[]
  readonly bytes: number
  /** What the connection has with them; undefined if it has everything, and gets the whole board next. */
  readonly reached: SinceMark | undefined
}

export interface MissedTexts {
  /** Begins a round of posts. The round of the log has ended. */
  startRound(): void
  /** Begins the post of another connection. */
  startPost(): void
  /**
   * Returns the entries after a mark: as many as begin within `most` bytes, one at least.
   * @returns undefined if the round has no place; `unknown` if the environment has no tick of the issue yet, or none of so late a
   *   date.
   */
  of(issue: string, mark: SinceMark, most: number): MissedPart | 'unknown' | undefined
}

/** The entries after a mark. */
interface Answer {
  readonly code: string
  readonly issue: IssueTrades
  readonly tick: Tick
  readonly range: TradeRange
  /** Texts of the first entries, as far as somebody needed them. */
  readonly texts: string[]
}

export function createMissedTexts(
  log: Pick<MarketLog, 'latest'>,
  journal: Pick<TradeJournal, 'issue' | 'after' | 'part' | 'sequenceAt'>,
): MissedTexts {
  const kept = createKeptTexts(KEPT_BYTES)
  const answers = new Map<string, Answer | undefined>()
  /** Texts that the present push has. */
  const inPush = new Set<string>()
  let posts = 0
  let tradesLeft = 0
  let bytesLeft = 0

  const answerOf = (code: string, { date, sequence }: SinceMark): Answer | undefined => {
    const [tick, issue] = [log.latest(code), journal.issue(code)]
    if (tick === undefined || issue === undefined) return undefined
    const present = isoDate(tick.tradingDate)
    // The connection has a later date than this environment.
    if (date > present) return undefined
    const range = journal.after(issue, date < present ? 0 : sequence)
    return { code, issue, tick, range, texts: [] }
  }

  const makeText = (answer: Answer, index: number): string => {
    const { code, tick, range } = answer
    const { ends } = range
    const follows = index === 0 ? range.follows : journal.sequenceAt(ends[index - 1]!)
    const end = ends[index]
    const isLast = index >= ends.length - 1
    const sequence = isLast ? Math.max(tick.sequence, follows) : journal.sequenceAt(end!)
    return kept.get(`${code} ${tick.tradingDate} ${follows} ${sequence}`, () => {
      const trades = end === undefined ? [] : journal.part(end, follows)
      tradesLeft -= trades.length
      return JSON.stringify(entryOf(answer, { follows, sequence, trades }))
    })
  }

  /** Returns an entry; undefined if the round has no place for it. */
  const textOf = (answer: Answer, index: number): string | undefined => {
    const { texts } = answer
    if (texts.length === index) {
      if (tradesLeft <= 0) return undefined
      texts.push(makeText(answer, index))
    }
    const text = texts[index]!
    if (inPush.has(text)) return text
    if (bytesLeft <= 0) return undefined
    bytesLeft -= text.length
    inPush.add(text)
    return text
  }

  return {
    startRound() {
      answers.clear()
      inPush.clear()
      posts = 0
      tradesLeft = TRADES_PER_ROUND
      bytesLeft = BYTES_PER_ROUND
    },
    startPost() {
      if (posts++ % POSTS_PER_PUSH === 0) inPush.clear()
    },
    of(code, mark, most) {
      const key = `${code} ${mark.date} ${mark.sequence}`
      if (!answers.has(key)) answers.set(key, answerOf(code, mark))
      const answer = answers.get(key)
      if (answer === undefined) return 'unknown'
      const count = Math.max(1, answer.range.ends.length)
      const texts: string[] = []
      let bytes = 0
      while (texts.length < count && (bytes === 0 || bytes < most)) {
        const text = textOf(answer, texts.length)
        if (text === undefined) break
        texts.push(text)
        bytes += text.length
      }
      if (texts.length === 0) return undefined
      const isAll = texts.length === count
      const sequence = isAll ? 0 : journal.sequenceAt(answer.range.ends[texts.length - 1]!)
      return {
        texts,
        bytes,
        reached: isAll
          ? undefined
          : { date: isoDate(answer.tick.tradingDate), sequence, askedAt: mark.askedAt },
      }
    },
  }
}

/** Returns the entry of trades between two sequences. */
function entryOf(
  { code, issue, tick }: Answer,
  {
    follows,
    sequence,
    trades,
  }: Pick<MissedTrades, 'follows' | 'sequence'> & { trades: readonly TickTrade[] },
): MissedTrades {
  const time = trades.at(-1)?.time ?? tick.time
  const isLost = issue.losses.some(loss => loss > follows && loss <= sequence)
  return {
    issue: code,
    date: isoDate(tick.tradingDate),
    follows,
    sequence,
    time: momentOf(tick.tradingDate, time),
    trades: trades.map(trade => tradeRow(trade, time)),
    ...(isLost ? { lost: true } : {}),
  }
}
