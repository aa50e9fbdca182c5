/** Publishes the issue master of a line in parts, and again from time to time. */
import type { IssueList } from '../market/issue-parts.ts'
import type { EventOf, IssueMaster } from '../market/market-event.ts'
import type { TradingDate } from '../market/units.ts'
import type { Log } from './ingest-log.ts'
import { masterParts } from './master-parts.ts'
import { logReplacedTexts } from './replaced-texts.ts'

/** The master is not repeated while more bytes wait to be published: repetitions would fill the memory. */
const MAX_WAITING_BYTES = 512 * 1024
/** Rows that a warning names. There are thousands of rows, and all may be bad for one reason. */
const MAX_NAMED_ROWS = 5

export interface MasterPublisherOptions {
  readonly line: number
  readonly log: Log
  publish(part: EventOf<'issues'>): void
  /** Returns the bytes that wait to be published. */
  waitingBytes(): number
}

export class MasterPublisher {
  readonly #options: MasterPublisherOptions
  /** The list as published last, in parts. */
  #master: IssueList = []

  constructor(options: MasterPublisherOptions) {
    this.#options = options
  }

  /** Goes on from the list that the previous process published. */
  resume(master: IssueList): void {
    this.#master = master
  }

  /**
   * Publishes a list of the line.
   * @param unread the reasons why rows of the list were left out.
   * @returns the number of rows and texts that could not be read.
   */
  take(tradingDate: TradingDate, issues: readonly IssueMaster[], unread: readonly string[]): number {
    const { line, log } = this.#options
    this.#master = masterParts(line, tradingDate, issues)
    this.#publish()
    log.info('issue master received', { issues: issues.length })
    const texts = issues.map(({ code, name, section, nameKana = '', nameEn = '' }) =>
      [code, name, section, nameKana, nameEn].join(' ').trimEnd(),
    )
    const replaced = logReplacedTexts(log, texts)
    if (unread.length > 0) {
      const reasons = unread.slice(0, MAX_NAMED_ROWS)
      log.warn('rows of the issue master left out', { rows: unread.length, reasons })
    }
    return replaced + unread.length
  }

  /** Publishes the list again, if it is of the trading date: a reader may have lost a part. */
  repeat(tradingDate: TradingDate): void {
    if (this.#master[0]?.tradingDate !== tradingDate) return
    if (this.#options.waitingBytes() > MAX_WAITING_BYTES) return
    this.#publish()
  }

  #publish(): void {
    for (const part of this.#master) this.#options.publish(part)
  }
}
