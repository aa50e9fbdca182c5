/**
 * The 33 sectors (33業種) of the Securities Identification Code Committee, as the exchange lists them, and the file in which a broker
 * supplies the sector of each issue.
 */
import { isIssueCode } from './issue-code.ts'

/** A sector as `/v1/issues` returns it. */
export interface Sector {
  readonly code: string
  readonly name: string
  readonly nameEn: string
}

const NAMES = {
  '0050': ['水産・農林業', 'Fishery, Agriculture & Forestry'],
  '1050': ['鉱業', 'Mining'],
  '2050': ['建設業', 'Construction'],
  '3050': ['食料品', 'Foods'],
  '3100': ['繊維製品', 'Textiles & Apparels'],
  '3150': ['パルプ・紙', 'Pulp & Paper'],
  '3200': ['化学', 'Chemicals'],
  '3250': ['医薬品', 'Pharmaceutical'],
  '3300': ['石油・石炭製品', 'Oil & Coal Products'],
  '3350': ['ゴム製品', 'Rubber Products'],
  '3400': ['ガラス・土石製品', 'Glass & Ceramics Products'],
  '3450': ['鉄鋼', 'Iron & Steel'],
  '3500': ['非鉄金属', 'Nonferrous Metals'],
  '3550': ['金属製品', 'Metal Products'],
  '3600': ['機械', 'Machinery'],
  '3650': ['電気機器', 'Electric Appliances'],
  '3700': ['輸送用機器', 'Transportation Equipment'],
  '3750': ['精密機器', 'Precision Instruments'],
  '3800': ['その他製品', 'Other Products'],
  '4050': ['電気・ガス業', 'Electric Power & Gas'],
  '5050': ['陸運業', 'Land Transportation'],
  '5100': ['海運業', 'Marine Transportation'],
  '5150': ['空運業', 'Air Transportation'],
  '5200': ['倉庫・運輸関連業', 'Warehousing & Harbor Transportation'],
  '5250': ['情報・通信業', 'Information & Communication'],
  '6050': ['卸売業', 'Wholesale Trade'],
  '6100': ['小売業', 'Retail Trade'],
  '7050': ['銀行業', 'Banks'],
  '7100': ['証券、商品先物取引業', 'Securities & Commodity Futures'],
  '7150': ['保険業', 'Insurance'],
  '7200': ['その他金融業', 'Other Financing Business'],
  '8050': ['不動産業', 'Real Estate'],
  '9050': ['サービス業', 'Services'],
} as const satisfies Readonly<Record<string, readonly [name: string, nameEn: string]>>

export type SectorCode = keyof typeof NAMES

/** In the order of the exchange's list. */
export const SECTOR_CODES = (Object.keys(NAMES) as SectorCode[]).sort()

export function sectorOf(code: SectorCode): Sector {
  const [name, nameEn] = NAMES[code]
  return { code, name, nameEn }
}

/** The sector of each issue that has one, by code of the issue. */
export type IssueSectors = ReadonlyMap<string, SectorCode>

/** The first line that a file may have. */
const HEADER = 'code,sector'
/** In the place of a sector: the issue has none, as funds. The list of the exchange has it too. */
const NO_SECTOR = '-'
/** Problems that an error shows. All rows may be wrong for one reason. */
const SHOWN_PROBLEMS = 50

/** A file of sectors cannot be used. The message lists the problems, one a line. */
export class SectorsError extends Error {
  override readonly name = 'SectorsError'

  constructor(problems: readonly string[]) {
    const more = problems.length - SHOWN_PROBLEMS
    const shown = [...problems.slice(0, SHOWN_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])]
    super(`the sectors cannot be used:\n${shown.map(each => `  ${each}`).join('\n')}`)
  }
}

/**
 * Reads a file of lines `7203,3700`: code of the issue, code of the sector. `-` stands for no sector. The first line may be
 * `code,sector`; empty lines are ignored.
 * @throws SectorsError with all problems at once.
 */
export function parseSectors(text: string): IssueSectors {
  const sectors = new Map<string, SectorCode>()
  const problems: string[] = []
  const lineOf = new Map<string, number>()
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    const number = index + 1
    if (line.trim() === '' || (number === 1 && line.trim() === HEADER)) continue
    const fields = line.split(',').map(field => field.trim())
    const [issue = '', sector = ''] = fields
    const problem = problemOf(fields, lineOf)
    if (problem !== undefined) problems.push(`line ${number}: ${problem}`)
    else if (sector !== NO_SECTOR) sectors.set(issue, sector as SectorCode)
    if (!lineOf.has(issue)) lineOf.set(issue, number)
  }
  if (lineOf.size === 0) problems.push('expected at least one line, got none')
  if (problems.length > 0) throw new SectorsError(problems)
  return sectors
}

function problemOf(fields: readonly string[], lineOf: ReadonlyMap<string, number>): string | undefined {
  const [issue = '', sector = ''] = fields
  if (fields.length !== 2)
    return `expected a code and a sector with a comma between, got ${fields.length} fields`
  if (!isIssueCode(issue)) return `expected the code of an issue, got "${issue}"`
  if (lineOf.has(issue)) return `${issue} is in line ${lineOf.get(issue)} already`
  if (sector !== NO_SECTOR && !Object.hasOwn(NAMES, sector))
    return `${issue}: expected a sector, 0050 to 9050, or ${NO_SECTOR}, got "${sector}"`
  return undefined
}

/** Returns the file of sectors, without issues that have none. */
export function sectorsText(sectors: IssueSectors): string {
  const rows = [...sectors].sort(([a], [b]) => (a < b ? -1 : 1)).map(row => row.join())
  return `${[HEADER, ...rows].join('\n')}\n`
}
