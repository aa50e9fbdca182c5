/**
 * Paths of the REST routes that read many ticks, or have the largest answer: all issues. With and without a token. The firewall limits an
 * address in all of them, and the gateway all readers without a token. So it is a text that a regular expression of AWS WAF takes, too.
 */
export const HEAVY_PATHS = '^/v1/(realtime/)?((ticks|trades|bars)/|market$)'
