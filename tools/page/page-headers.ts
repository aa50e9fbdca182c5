/** The headers that a web server sends with every file of the page. docs/deploy.md lists them. */
import type { PageConfig } from '../../client/page/page-config.ts'

/** Returns the headers by name. The page may load files of its server and call the configured APIs only. */
export function pageHeaders(config: PageConfig): Readonly<Record<string, string>> {
  return {
    'content-security-policy': policy(config),
    // A browser ignores it in an answer over http, as of the local system.
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
}

function policy({ restUrl, websocketUrl, signIn }: PageConfig): string {
  const signInUrls = signIn.kind === 'oidc' ? [signIn.issuer, signIn.cognitoUrl ?? signIn.issuer] : []
  const origins = new Set([restUrl, websocketUrl, ...signInUrls].map(originOf))
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${[...origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
