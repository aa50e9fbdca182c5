/** How long anyone may keep an answer of a route. */

/**
 * Seconds by the kind of answer. Nobody may keep an answer whose kind has no seconds. The kinds: `latest` is true for now
 * or for the cut, `past` for a moment in the request; `empty` is an answer before the first data; `unknownIssue` is the
 * 404.
 */
export type CacheRule = Readonly<Partial<Record<'latest' | 'past' | 'empty' | 'unknownIssue', number>>>

/** Returns the `Cache-Control` header of one kind of answer. */
export function cacheControl(rule: CacheRule, kind: keyof CacheRule): string {
  const seconds = rule[kind]
  return seconds === undefined ? 'no-store' : `public, max-age=${seconds}`
}
