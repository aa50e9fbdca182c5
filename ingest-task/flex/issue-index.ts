/** Finds the state of an issue by the bytes of its code in a message, without making text of a code seen before. */
import { isIssueCode } from '../../market/issue-code.ts'
import { BLANK, ISSUE_AT, ISSUE_BYTES } from './message-header.ts'
import { refuse } from './read-digits.ts'

/** Codes have at most five characters, each one of 64 values, so that a key fits a small integer. */
const CODE_CHARACTERS = 5
const CODE_AT = ISSUE_AT + ISSUE_BYTES - CODE_CHARACTERS
/** The last character of a code counted from a blank: "_". */
const MAX_CHARACTER = 63

export class IssueIndex<T> {
  readonly #create: (issue: string) => T
  readonly #byKey = new Map<number, T>()

  /** @param create returns the state of an issue that is new. */
  constructor(create: (issue: string) => T) {
    this.#create = create
  }

  /**
   * Returns the state of the issue of the message at `at`.
   * @throws FlexError when there is no issue code.
   */
  of(bytes: Uint8Array, at: number): T {
    let key = 0
    for (let i = at + CODE_AT; i < at + CODE_AT + CODE_CHARACTERS; i++) {
      const character = bytes[i]! - BLANK
      // A field with another character is no code, and its key could be that of another field.
      if (character < 0 || character > MAX_CHARACTER) return this.#add(bytes, at, key)
      key = (key << 6) | character
    }
    const state = this.#byKey.get(key)
    return state !== undefined && hasBlankPadding(bytes, at) ? state : this.#add(bytes, at, key)
  }

  /** Returns the state of the issue with this code. */
  named(issue: string): T {
    let key = 0
    for (const character of issue.padStart(CODE_CHARACTERS)) {
      key = (key << 6) | (character.charCodeAt(0) - BLANK)
    }
    const state = this.#byKey.get(key) ?? this.#create(issue)
    this.#byKey.set(key, state)
    return state
  }

  values(): Iterable<T> {
    return this.#byKey.values()
  }

  #add(bytes: Uint8Array, at: number, key: number): T {
    const start = at + ISSUE_AT
    const field = Buffer.from(bytes.subarray(start, start + ISSUE_BYTES + 1)).toString('latin1')
    const issue = field.trim()
    if (!isIssueCode(issue) || field !== `${issue.padStart(ISSUE_BYTES)} `) {
      refuse(bytes, start, ISSUE_BYTES + 1, 'an issue code, right-aligned before one blank')
    }
    const state = this.#create(issue)
    this.#byKey.set(key, state)
    return state
  }
}

function hasBlankPadding(bytes: Uint8Array, at: number): boolean {
  for (let i = at + ISSUE_AT; i < at + CODE_AT; i++) if (bytes[i] !== BLANK) return false
  return bytes[at + ISSUE_AT + ISSUE_BYTES] === BLANK
}
