/** What CloudFront keeps, and what of a request is part of the key. docs/rest-caching.md describes it for readers. */
import { Duration } from 'aws-cdk-lib'
import {
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'
import { regionalName } from './regional-name.ts'

const NOTHING = Duration.seconds(0)
/** The longest `max-age` of the REST API (rest/rest-routes.ts). */
const LONGEST_ANSWER = Duration.hours(1)
/** CloudFront compresses only what it may keep, and answers with the token of a user are `no-store`: it keeps them for no time. */
const LEAST = Duration.seconds(1)
/** For files without `Cache-Control`: a new version of the page is there within a minute. */
const FILE = Duration.minutes(1)
const LONGEST_FILE = Duration.days(365)

const COMPRESSED = { enableAcceptEncodingGzip: true, enableAcceptEncodingBrotli: true }

/** Answers for everybody: `Cache-Control` decides, and path and query string are the key. */
export function publicAnswers(scope: Construct): CachePolicy {
  return new CachePolicy(scope, 'PublicAnswers', {
    ...COMPRESSED,
    comment: 'REST answers for everybody: Cache-Control decides.',
    minTtl: NOTHING,
    defaultTtl: NOTHING,
    maxTtl: LONGEST_ANSWER,
    queryStringBehavior: CacheQueryStringBehavior.all(),
    headerBehavior: CacheHeaderBehavior.none(),
    cookieBehavior: CacheCookieBehavior.none(),
  })
}

/** Answers to users: nobody gets the answer to another token. */
export function answersToUsers(scope: Construct): CachePolicy {
  return new CachePolicy(scope, 'AnswersToUsers', {
    ...COMPRESSED,
    comment: 'REST answers to users: the token is part of the key.',
    minTtl: NOTHING,
    defaultTtl: NOTHING,
    maxTtl: LEAST,
    queryStringBehavior: CacheQueryStringBehavior.all(),
    headerBehavior: CacheHeaderBehavior.allowList('Authorization'),
    cookieBehavior: CacheCookieBehavior.none(),
  })
}

/** Files of the board page. */
export function pageFiles(scope: Construct): CachePolicy {
  return new CachePolicy(scope, 'PageFiles', {
    ...COMPRESSED,
    comment: 'Files of the board page.',
    minTtl: NOTHING,
    defaultTtl: FILE,
    maxTtl: LONGEST_FILE,
    queryStringBehavior: CacheQueryStringBehavior.none(),
    headerBehavior: CacheHeaderBehavior.none(),
    cookieBehavior: CacheCookieBehavior.none(),
  })
}

/** What the HTTP API needs to recognize a preflight of a browser. It has no part in the key. */
export function preflightHeaders(scope: Construct): OriginRequestPolicy {
  return new OriginRequestPolicy(scope, 'Preflight', {
    originRequestPolicyName: regionalName(scope, 'preflight'),
    comment: 'The headers of a preflight.',
    headerBehavior: OriginRequestHeaderBehavior.allowList(
      'Origin',
      'Access-Control-Request-Method',
      'Access-Control-Request-Headers',
    ),
  })
}
