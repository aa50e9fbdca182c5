/** The rules of the firewall: limits of an address, and rule groups of AWS. */
import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import { STAGE } from '../sizing.ts'
import type { AddressLimits } from './edge-config.ts'

type Rule = CfnWebACL.RuleProperty

/** Name of the answer to an address above its limit. */
export const TOO_MANY = 'too-many-requests'
/** The status that the gateway has for too many requests: apps wait and try again. */
const TOO_MANY_STATUS = 429
/** The window of a limit, s (WAF developer guide, "Rate-based rule high-level settings": 60, 120, 300 or 600). */
const WINDOW_SECONDS = 300

/** Paths of the limits. CloudFront matches paths after it has normalized them, so WAF looks at the same text. */
const NORMALIZED = [
  { priority: 0, type: 'URL_DECODE' },
  { priority: 1, type: 'NORMALIZE_PATH' },
]
const REST_PATH = '^/v1/'
/** With and without a token: the routes that rest-api.ts limits, too. */
const HEAVY_PATH = '^/v1/(realtime/)?((ticks|trades|bars)/|market$)'
const CONNECT_PATH = `^/${STAGE}/?$`

/** Its rule against requests without `User-Agent` would refuse apps: clients other than browsers send none with a connect. */
const COMMON = 'AWSManagedRulesCommonRuleSet'
const WITHOUT_USER_AGENT = 'NoUserAgent_HEADER'

/**
 * Rule groups of AWS: addresses with a bad reputation, known attacks, and the common ones. AWS charges them as a rule each. Groups
 * against bots cost by request, and apps are no browsers.
 */
const GROUPS = ['AWSManagedRulesAmazonIpReputationList', 'AWSManagedRulesKnownBadInputsRuleSet', COMMON]

/** Returns the rules in their order: limits first, because they cost least. */
export function firewallRules(limits: AddressLimits): Rule[] {
  const rules = [
    limit('Connects', CONNECT_PATH, limits.connects),
    limit('HeavyRest', HEAVY_PATH, limits.heavyRest),
    limit('Rest', REST_PATH, limits.rest),
    ...GROUPS.map(group),
  ]
  return rules.map((rule, priority) => ({ ...rule, priority }))
}

type Unordered = Omit<Rule, 'priority'>

/** Refuses the requests of an address to some paths above its limit. */
function limit(name: string, regexString: string, most: number): Unordered {
  return {
    name,
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'IP',
        evaluationWindowSec: WINDOW_SECONDS,
        limit: most,
        scopeDownStatement: {
          regexMatchStatement: {
            fieldToMatch: { uriPath: {} },
            regexString,
            textTransformations: NORMALIZED,
          },
        },
      },
    },
    action: {
      block: { customResponse: { responseCode: TOO_MANY_STATUS, customResponseBodyKey: TOO_MANY } },
    },
    visibilityConfig: visible(name),
  }
}

/** Refuses what a rule group of AWS recognizes. */
function group(name: string): Unordered {
  const counted = [{ name: WITHOUT_USER_AGENT, actionToUse: { count: {} } }]
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ...(name === COMMON ? { ruleActionOverrides: counted } : {}),
      },
    },
    overrideAction: { none: {} },
    visibilityConfig: visible(name),
  }
}

function visible(metricName: string): Rule['visibilityConfig'] {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true }
}
