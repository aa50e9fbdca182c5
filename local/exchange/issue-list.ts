/** The issue master of the synthetic market: codes, names, sections, trading units and base prices, by seed. */
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { SectorCode } from '../../market/sector.ts'
import { floorToTick, tickSize } from '../../market/tick-size.ts'
import { PRICE_SCALE, type Yen } from '../../market/units.ts'
import { type NameKind, namedAt } from './names.ts'
import { createRandom, normal, type Random } from './random.ts'

/** The codes of REITs, the smallest pool, suffice for a market of this many issues. */
export const MAX_ISSUES = 5_000

/** Listed issues in TOPIX500. */
const TOPIX500_ISSUES = 498
/** Share of TOPIX500 issues in the market: 498 of about 4,400. */
const TOPIX500_PART = TOPIX500_ISSUES / 4_400

export interface Listing {
  readonly master: IssueMaster
  /** 0 for the busiest issue of the market. */
  readonly rank: number
  /** Absent for an issue without a sector. The line does not have it. */
  readonly sector?: SectorCode
}

/** An issue whose rank is not known yet. */
type Draft = Omit<Listing, 'rank'> & { readonly activity: number }

interface Kind {
  readonly section: string
  readonly name: NameKind
  readonly unit: number
  /** Base prices are log-normal: median in yen, standard deviation of the logarithm. */
  readonly median: number
  readonly spread: number
}

const PRIME: Kind = { section: 'プライム', name: 'company', unit: 100, median: 1_900, spread: 0.9 }
const STANDARD: Kind = { section: 'スタンダード', name: 'company', unit: 100, median: 1_100, spread: 0.9 }
const GROWTH: Kind = { section: 'グロース', name: 'young', unit: 100, median: 900, spread: 0.8 }
const ETF: Kind = { section: 'ETF', name: 'fund', unit: 10, median: 1_800, spread: 1 }
const REIT: Kind = { section: 'REIT', name: 'estate', unit: 1, median: 150_000, spread: 0.5 }

/** Approximate share of each kind in the market. */
const KIND_PARTS: readonly (readonly [kind: Kind, part: number])[] = [
  [PRIME, 0.37],
  [STANDARD, 0.355],
  [GROWTH, 0.17],
  [ETF, 0.092],
  [REIT, 0.013],
]

/** Bounds of random base prices (yen). The issues below have fixed prices. */
const PRICE_RANGE = [20, 900_000] as const

/** Issues of every market, busiest first: one of each kind that a reader of the feed must handle. */
const FIXED: readonly { code: string; kind: Kind; yen: Yen; topix500: boolean; activity: number }[] = [
  { code: '7203', kind: PRIME, yen: 2_831.5, topix500: true, activity: 0 },
  { code: '6758', kind: PRIME, yen: 3_954, topix500: true, activity: 0.001 },
  { code: '130A', kind: GROWTH, yen: 1_284, topix500: false, activity: 0.1 },
  { code: '25935', kind: PRIME, yen: 1_932, topix500: false, activity: 0.6 },
  { code: '1306', kind: ETF, yen: 2_903, topix500: false, activity: 0.002 },
  { code: '8951', kind: REIT, yen: 128_400, topix500: false, activity: 0.3 },
  { code: '9983', kind: PRIME, yen: 52_730, topix500: true, activity: 0.02 },
  { code: '1689', kind: ETF, yen: 41, topix500: false, activity: 0.4 },
]

/** Lists `count` issues in the order of their codes. */
export function listIssues(seed: number, count: number): Listing[] {
  const random = createRandom(seed)
  const pools = codePools(random)
  const named = new Map<NameKind, number>()
  const drafts: Draft[] = []
  const list = (code: string, kind: Kind, yen: Yen, topix500: boolean, activity: number): void => {
    const index = named.get(kind.name) ?? 0
    named.set(kind.name, index + 1)
    const { names, sector } = namedAt(kind.name, index)
    const price = Math.max(yen * PRICE_SCALE, tickSize(1, topix500))
    drafts.push({
      master: {
        code,
        ...names,
        section: kind.section,
        unit: kind.unit,
        basePrice: floorToTick(Math.round(price), topix500),
        topix500,
      },
      activity,
      ...(sector !== undefined && { sector }),
    })
  }
  for (const { code, kind, yen, topix500, activity } of FIXED.slice(0, count)) {
    list(code, kind, yen, topix500, activity)
  }
  const topix500Count = Math.min(TOPIX500_ISSUES, Math.round(count * TOPIX500_PART))
  let topix500Left = topix500Count - FIXED.slice(0, count).filter(issue => issue.topix500).length
  for (let i = drafts.length; i < count; i++) {
    const kind = kindAt((i - FIXED.length + 0.5) / (count - FIXED.length))
    const topix500 = kind === PRIME && topix500Left-- > 0
    const code = pools.get(kind.section)!.pop()!
    // TOPIX500 companies are larger: more trades and higher prices.
    const yen = kind.median * (topix500 ? 1.5 : 1) * Math.exp(normal(random) * kind.spread)
    const activity = topix500 ? random() * 0.35 : 0.1 + random()
    list(code, kind, Math.min(Math.max(yen, PRICE_RANGE[0]), PRICE_RANGE[1]), topix500, activity)
  }
  return rank(drafts)
}

function rank(drafts: Draft[]): Listing[] {
  drafts.sort((a, b) => a.activity - b.activity || compareIssueCodes(a.master.code, b.master.code))
  return drafts
    .map(({ activity: _, ...draft }, index) => ({ ...draft, rank: index }))
    .sort((a, b) => compareIssueCodes(a.master.code, b.master.code))
}

function kindAt(position: number): Kind {
  let end = 0
  for (const [kind, part] of KIND_PARTS) {
    end += part
    if (position < end) return kind
  }
  return STANDARD
}

/** Returns the codes that are still free, by section, in random order. */
function codePools(random: Random): Map<string, string[]> {
  const taken = new Set(FIXED.map(({ code }) => code))
  const shuffled = (codes: string[]): string[] =>
    shuffle(
      random,
      codes.filter(code => !taken.has(code)),
    )
  const companies = shuffled([
    ...range(1700, 2013),
    ...range(2100, 3279),
    ...range(3300, 8949),
    ...range(9000, 9999),
  ])
  const half = companies.length >> 1
  const letters = [...'ACD'].flatMap(letter => range(131, 499).map(digits => digits + letter))
  return new Map([
    [PRIME.section, companies.slice(0, half)],
    [STANDARD.section, companies.slice(half)],
    [GROWTH.section, shuffled(letters)],
    [ETF.section, shuffled([...range(1300, 1699), ...range(2014, 2099)])],
    [REIT.section, shuffled([...range(8950, 8999), ...range(3280, 3299)])],
  ])
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
}

function shuffle(random: Random, items: string[]): string[] {
  for (let i = items.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const item = items[i]!
    items[i] = items[other]!
    items[other] = item
  }
  return items
}
