/** The address of the page: the boards as `#7203,6758`, or a list as `#watch` or `#market`. */
import { isIssueCode } from '../../market/issue-code.ts'
import { LISTS } from './list-rows.ts'
import type { Tab } from './state.ts'

/** Boards on one page: as many as a browser draws at full speed. */
export const MAX_BOARDS = 12

/** Returns the issue codes in the hash of an address, `#7203,6758`. Other text is ignored: users type addresses. */
export function codesOf(hash: string): string[] {
  const codes = hash.replace(/^#/, '').replaceAll(/%2c/gi, ',').toUpperCase().split(',')
  return [...new Set(codes.filter(isIssueCode))].slice(0, MAX_BOARDS)
}

/** Returns the tab that the hash of an address names; undefined if it names none. */
export function tabOf(hash: string): Tab | undefined {
  const list = LISTS.find(name => `#${name}` === hash)
  return list ?? (codesOf(hash).length > 0 ? 'boards' : undefined)
}

/** Returns the hash of a tab. @param codes the issues on the boards. */
export function hashOf(tab: Tab, codes: Iterable<string>): string {
  return tab === 'boards' ? `#${[...codes].join(',')}` : `#${tab}`
}
