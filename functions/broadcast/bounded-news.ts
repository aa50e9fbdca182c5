/** Limits the size of news, so that every app can get it in one message and the table can keep the latest. */
import type { MarketEvent } from '../../market/market-event.ts'

/** Characters of a headline. Headlines of the exchange have some dozens. */
const MAX_HEADLINE = 500
/** Issues of one news. The message has less than 10 KB then: API Gateway allows 128 KB, an item of DynamoDB 400 KB. */
const MAX_ISSUES = 500

/** Returns an event with a shorter headline and fewer issues if it is news above the limits. */
export function boundedEvent(event: MarketEvent): MarketEvent {
  if (event.type !== 'news') return event
  const { headline, issues } = event
  if (headline.length <= MAX_HEADLINE && issues.length <= MAX_ISSUES) return event
  return { ...event, headline: shortened(headline), issues: issues.slice(0, MAX_ISSUES) }
}

function shortened(headline: string): string {
  if (headline.length <= MAX_HEADLINE) return headline
  // A half of a surrogate pair would not be valid text.
  return `${headline.slice(0, MAX_HEADLINE - 1).toWellFormed()}…`
}
