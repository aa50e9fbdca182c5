/**
 * Issue codes (銘柄コード) of the Tokyo market.
 *
 * Four characters: digits, or in positions 2 and 4 one of the 19 letters the code committee allows (no B E I O Q V Z,
 * which read like digits). A fifth character, a digit other than 0, marks another class of share of the same
 * company, such as a preferred share: 25935.
 */

const CODE_LETTERS = 'ACDFGHJKLMNPRSTUWXY'
const CODE_PATTERN = new RegExp(`^[1-9][0-9${CODE_LETTERS}][0-9][0-9${CODE_LETTERS}][1-9]?$`)

/** Whether `text` is an issue code exactly as the exchange writes it: upper case, no blanks. */
export function isIssueCode(text: string): boolean {
  return CODE_PATTERN.test(text)
}

/**
 * The issue code that a person or an app wrote: surrounding blanks and lower case are forgiven.
 * @throws RangeError saying what was expected and what came.
 */
export function parseIssueCode(text: string): string {
  const code = text.trim().toUpperCase()
  if (!isIssueCode(code)) {
    throw new RangeError(
      `issue code: expected 4 characters (digits, or one of ${CODE_LETTERS} in positions 2 and 4) ` +
        `and for other share classes a fifth digit 1 to 9, got ${JSON.stringify(text)}`,
    )
  }
  return code
}

/** Order of the exchange's lists: digits before letters, a company's further share classes after its first. */
export function compareIssueCodes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
