/** Headers that CloudFront adds to answers. */
import { Duration, Fn } from 'aws-cdk-lib'
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  type ResponseSecurityHeadersBehavior,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'
import { regionalName } from './regional-name.ts'

/** For how long browsers use https alone, once they have had an answer. The usual value, and what preload lists ask for at least. */
const HTTPS_ALONE = Duration.days(365)
/** For how long a browser keeps the answer to a preflight. The HTTP API has the same value. */
const PREFLIGHT = Duration.days(1)

const COMMON: ResponseSecurityHeadersBehavior = {
  contentTypeOptions: { override: true },
  frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
  referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
  strictTransportSecurity: { accessControlMaxAge: HTTPS_ALONE, includeSubdomains: true, override: true },
}

/** What the board page may connect to, apart from its own address. */
export interface PageSources {
  /** A name of your own. */
  readonly domain: string | undefined
  /** Sources of the issuer of access tokens. */
  readonly issuer: readonly string[]
  /** Origins of other endpoints at which a user signs in (edge-config.ts). */
  readonly signInOrigins: readonly string[]
}

/**
 * Returns the content security policy of the board page.
 * @throws RangeError if one of the origins is none of https: another text could change the policy.
 */
function pagePolicy({ domain, issuer, signInOrigins }: PageSources): string {
  for (const origin of signInOrigins)
    if (!isSecureOrigin(origin))
      throw new RangeError(`edge.signInOrigins: expected https and a host, got ${JSON.stringify(origin)}`)
  // 'self' allows wss: to the same name (CSP level 3). Safari before 15.4 needs the name, and CloudFront's own is not known here.
  const socket = domain === undefined ? [] : [`wss://${domain}`]
  const connect = ["connect-src 'self'", ...socket, ...issuer, ...signInOrigins]
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    Fn.join(' ', connect),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function isSecureOrigin(text: string): boolean {
  return URL.canParse(text) && text.startsWith('https://') && new URL(text).origin === text
}

/** Returns the headers of the files of the board page. */
export function pageHeaders(scope: Construct, sources: PageSources): ResponseHeadersPolicy {
  const header = (name: string, value: string) => ({ header: name, value, override: true })
  return new ResponseHeadersPolicy(scope, 'PageHeaders', {
    responseHeadersPolicyName: regionalName(scope, 'page-headers'),
    comment: 'The board page: it runs its own code alone, and nobody shows it in a frame.',
    securityHeadersBehavior: {
      ...COMMON,
      contentSecurityPolicy: { contentSecurityPolicy: pagePolicy(sources), override: true },
    },
    customHeadersBehavior: {
      customHeaders: [
        header('Cross-Origin-Opener-Policy', 'same-origin'),
        header('Cross-Origin-Resource-Policy', 'same-origin'),
        header('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'),
      ],
    },
  })
}

/**
 * Returns the headers of REST answers. Pages of every origin may read them. The HTTP API adds CORS headers only if a request has an
 * `Origin`; CloudFront adds them to the one copy that it keeps for all origins.
 */
export function restHeaders(scope: Construct): ResponseHeadersPolicy {
  return new ResponseHeadersPolicy(scope, 'RestHeaders', {
    responseHeadersPolicyName: regionalName(scope, 'rest-headers'),
    comment: 'REST answers: data, and nothing that runs.',
    securityHeadersBehavior: {
      ...COMMON,
      contentSecurityPolicy: {
        contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        override: true,
      },
    },
    corsBehavior: {
      accessControlAllowCredentials: false,
      accessControlAllowOrigins: ['*'],
      accessControlAllowMethods: ['GET'],
      accessControlAllowHeaders: ['authorization', 'if-none-match'],
      accessControlExposeHeaders: ['etag'],
      accessControlMaxAge: PREFLIGHT,
      originOverride: true,
    },
  })
}
