/**
 * Paths of the REST routes that read many ticks, or have the largest answer: all issues. With and without a token. The throttles of routes and
 * the firewall have the same, so it is a text that a regular expression of AWS WAF takes, too.
 */
export const HEAVY_PATHS = '^/v1/(realtime/)?((ticks|trades|bars)/|market$)'
