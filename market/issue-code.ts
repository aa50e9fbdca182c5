/**
 * Issue codes (銘柄コード) of the Tokyo market.
 *
 * A code has four characters. Positions 2 and 4 are a digit or one of the 19 letters that the code committee allows (not
 * B, E, I, O, Q, V or Z, which look like digits); positions 1 and 3 are digits. A fifth character, a digit from 1 to 9, marks a
 * further class of share of the same company, such as a preferred share: 25935.
 */

const CODE_LETTERS = 'ACDFGHJKLMNPRSTUWXY'
const CODE_PATTERN = new RegExp(`^[1-9][0-9${CODE_LETTERS}][0-9][0-9${CODE_LETTERS}][1-9]?$`)

/** Returns whether a text is an issue code exactly as the exchange writes it: in upper case, without blanks. */
export function isIssueCode(text: string): boolean {
  return CODE_PATTERN.test(text)
}

/**
 * Reads an issue code that a person or an app wrote. Accepts lower case and surrounding blanks.
 * @throws RangeError if the text is not an issue code.
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

/** Compares two codes in the order of the exchange's lists: digits before letters, 2593 before 25935. */
export function compareIssueCodes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
