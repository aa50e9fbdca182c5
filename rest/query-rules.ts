/** Rules of query parameters: what a value may be, and the type of the value that a handler gets. */

/** Dates that the calendar has for apps. */
export const FIRST_DATE = '2015-01-01'
export const LAST_DATE = '2050-12-31'

export type QueryRule =
  /** Any text of up to `most` characters. */
  | { readonly kind: 'text'; readonly most: number }
  /** An ISO 8601 time: the moment for which the answer is true. */
  | { readonly kind: 'moment' }
  /** An ISO 8601 time at which a range starts. */
  | { readonly kind: 'start' }
  /** A date `YYYY-MM-DD` from {@link FIRST_DATE} to {@link LAST_DATE}. */
  | { readonly kind: 'date' }
  /** The `next` of an answer. */
  | { readonly kind: 'cursor' }
  /** A whole number from `low` to `high`. */
  | { readonly kind: 'number'; readonly low: number; readonly high: number; readonly fallback: number }
  /** One of `words`. */
  | { readonly kind: 'choice'; readonly words: readonly string[]; readonly fallback?: string }
  /** Up to `most` issue codes, separated by single commas. A required parameter. */
  | { readonly kind: 'issues'; readonly most: number }

/** Rules by the name of the parameter. */
export type QueryRules = Readonly<Record<string, QueryRule>>

/** The value of a parameter. An absent or empty parameter is the fallback, or `undefined` without a fallback. */
export type QueryValue<Rule extends QueryRule> = Rule extends { readonly kind: 'number' }
  ? number
  : Rule extends { readonly kind: 'choice'; readonly words: readonly (infer Word)[] }
    ? Rule extends { readonly fallback: string }
      ? Word
      : Word | undefined
    : Rule extends { readonly kind: 'issues' }
      ? readonly string[]
      : string | undefined

export type QueryValues<Rules extends QueryRules> = {
  readonly [Name in keyof Rules]: QueryValue<Rules[Name]>
}
