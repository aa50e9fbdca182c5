/** Finds listed issues by code or name, in pages. */
import { compareIssueCodes } from '../market/issue-code.ts'
import { issueJson } from '../market/issue-json.ts'
import type { IssueJson, IssueMaster } from '../market/market-event.ts'
import type { IssueSectors, SectorCode } from '../market/sector.ts'
import type { TradingDate } from '../market/units.ts'
import { AnswerPage } from '../rest/answer-page.ts'
import { Problem, quoted } from '../rest/problem.ts'

export interface IssueQuery {
  readonly q: string
  /** Finds issues of this sector alone. */
  readonly sector: SectorCode | undefined
  /** The most issues of the page. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly after: string | undefined
}

export interface IssuePage {
  readonly issues: IssueJson[]
  readonly next?: string
}

interface Searchable {
  readonly issue: IssueMaster
  readonly date: TradingDate
  /** The code and all names as a search compares them. */
  readonly code: string
  readonly names: readonly string[]
}

/** Issues whose code starts with the text come before issues with a name that contains it. */
type Match = 'code' | 'name'

export interface IndexOptions {
  /** Returns the trading date of the list that has an issue. */
  readonly dateOf: (code: string) => TradingDate
  /** Whether answers have base prices, and what is computed from them. */
  readonly withBasePrices: boolean
}

/** A list of issues that is searched many times. */
export class IssueIndex {
  readonly #issues: readonly Searchable[]
  readonly #withBasePrices: boolean

  constructor(issues: readonly IssueMaster[], { dateOf, withBasePrices }: IndexOptions) {
    this.#withBasePrices = withBasePrices
    this.#issues = issues
      .toSorted((a, b) => compareIssueCodes(a.code, b.code))
      .map(issue => ({
        issue,
        date: dateOf(issue.code),
        code: fold(issue.code),
        names: namesOf(issue).map(fold),
      }))
  }

  /**
   * Returns up to `limit` issues, in up to 256 KB: first issues whose code starts with the text, then issues with a
   * name that contains it, each group in the order of codes. An empty text finds all issues. Width, case and the kind of kana do not
   * matter: ｔｏｙｏｔａ finds TOYOTA, とよた finds トヨタ. `next` continues after them, also in a newer list.
   * @throws Problem if `after` is no `next`.
   */
  find({ q, sector, limit, after }: IssueQuery, sectors: IssueSectors): IssuePage {
    const wanted = fold(q.trim())
    const last = after === undefined ? undefined : readPlace(after)
    const page = new AnswerPage()
    const issues: IssueJson[] = []
    let end: string | undefined
    for (const { found, match } of this.#matches(wanted)) {
      const { issue, date } = found
      if (last !== undefined && !isAfter(match, issue.code, last)) continue
      const ofIssue = sectors.get(issue.code)
      if (sector !== undefined && ofIssue !== sector) continue
      const json = issueJson(issue, date, this.#withBasePrices, ofIssue)
      if (issues.length === limit || !page.takes(json)) return { issues, next: end! }
      issues.push(json)
      end = `${match}-${issue.code}`
    }
    return { issues }
  }

  *#matches(wanted: string): Generator<{ found: Searchable; match: Match }> {
    for (const found of this.#issues) if (found.code.startsWith(wanted)) yield { found, match: 'code' }
    for (const found of this.#issues)
      if (!found.code.startsWith(wanted) && found.names.some(name => name.includes(wanted)))
        yield { found, match: 'name' }
  }
}

interface Place {
  readonly match: string
  readonly code: string
}

function readPlace(text: string): Place {
  const [, match, code] = /^(code|name)-([0-9A-Z]{4,5})$/.exec(text) ?? []
  if (match === undefined || code === undefined)
    throw new Problem('bad-parameter', `after: expected the "next" of an answer, got ${quoted(text)}`)
  return { match, code }
}

function isAfter(match: Match, code: string, last: Place): boolean {
  return match === last.match ? compareIssueCodes(code, last.code) > 0 : match === 'name'
}

function namesOf({ name, nameKana, nameEn }: IssueMaster): string[] {
  return [name, nameKana, nameEn].filter(each => each !== undefined)
}

/** ぁ to ゖ. The katakana ァ to ヶ have the same order. */
const HIRAGANA = /[\u3041-\u3096]/g
/** Distance of a katakana from its hiragana. */
const KATAKANA_OFFSET = 0x60

/**
 * Replaces full-width letters and half-width kana by their usual forms (NFKC), capitals by small letters, and hiragana by katakana.
 */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(HIRAGANA, kana => String.fromCharCode(kana.charCodeAt(0) + KATAKANA_OFFSET))
}
