/** The rules of the firewall: limits of requests, and rule groups of AWS. */
import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'
import { HEAVY_PATHS } from '../heavy-paths.ts'
import { STAGE } from '../sizing.ts'
import type { RequestLimits } from './edge-config.ts'

type Rule = CfnWebACL.RuleProperty

/** Name of the answer to requests above a limit. */
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
const REALTIME_PATH = '^/v1/realtime/'
const CONNECT_PATH = `^/${STAGE}/?$`

/** What requests have in common that are counted together. */
type Together = Pick<CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'customKeys'>

const ADDRESS: Together = { aggregateKeyType: 'IP' }
/**
 * IP is a whole IPv6 address, and WAF counts by no prefix of it. The autonomous system is the next larger thing that it knows (WAF developer
 * guide, "Aggregating rate-based rules"). IPv6 stays on: NTT docomo gives newer phones no IPv4 address since 2022
 * (itmedia.co.jp/mobile/articles/2106/29/news133.html), and without IPv6 thousands of them come from one shared address.
 */
const NETWORK: Together = { aggregateKeyType: 'CUSTOM_KEYS', customKeys: [{ asn: {} }] }
/**
 * The header of a token. A request without it is not counted, and the gateway refuses it. `Bearer` in other letters or with more spaces makes no other
 * key. Without `Bearer`, which API Gateway takes too, a token has a second key. No log shows it: firewall-stack.ts hides the header.
 */
const TOKEN: Together = {
  aggregateKeyType: 'CUSTOM_KEYS',
  customKeys: [
    {
      header: {
        name: 'authorization',
        textTransformations: [
          { priority: 0, type: 'COMPRESS_WHITE_SPACE' },
          { priority: 1, type: 'LOWERCASE' },
        ],
      },
    },
  ],
}

/** Its rule against requests without `User-Agent` would refuse apps: clients other than browsers send none with a connect. */
const COMMON = 'AWSManagedRulesCommonRuleSet'
const WITHOUT_USER_AGENT = 'NoUserAgent_HEADER'

/**
 * Rule groups of AWS: addresses with a bad reputation, known attacks, and the common ones. AWS charges them as a rule each. Groups
 * against bots cost by request, and apps are no browsers.
 */
const GROUPS = ['AWSManagedRulesAmazonIpReputationList', 'AWSManagedRulesKnownBadInputsRuleSet', COMMON]

/**
 * Returns the rules in their order: limits first, because they cost least. What a rule refuses reaches none after it: an address above its
 * limit takes nothing from that of its network.
 */
export function firewallRules(limits: RequestLimits): Rule[] {
  const rules = [
    limit('Connects', ADDRESS, CONNECT_PATH, limits.connects),
    limit('ConnectsOfNetwork', NETWORK, CONNECT_PATH, limits.connectsOfNetwork),
    limit('HeavyRest', ADDRESS, HEAVY_PATHS, limits.heavyRest),
    limit('Rest', ADDRESS, REST_PATH, limits.rest),
    limit('RealtimeOfToken', TOKEN, REALTIME_PATH, limits.token),
    ...GROUPS.map(group),
  ]
  return rules.map((rule, priority) => ({ ...rule, priority }))
}

type Unordered = Omit<Rule, 'priority'>

/** Refuses requests to some paths above a limit. */
function limit(name: string, together: Together, regexString: string, most: number): Unordered {
  return {
    name,
    statement: {
      rateBasedStatement: {
        ...together,
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
