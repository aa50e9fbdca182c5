/** Where a connection comes from, for the log. */

/** An address of IPv4 or IPv6. An app may write other text before it. */
const ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/
/**
 * CloudFront appends the address of the app to X-Forwarded-For (CloudFront developer guide, "Request and response behavior for custom
 * origins", client IP addresses), and API Gateway may append that of CloudFront. Earlier addresses are what the app claims.
 */
const LAST = 2

/** Returns the last addresses of the header X-Forwarded-For; undefined if it has none. */
export function addressesOf(header: string | undefined): string | undefined {
  const addresses = (header ?? '')
    .split(',')
    .map(text => text.trim())
    .filter(text => ADDRESS.test(text))
  return addresses.length === 0 ? undefined : addresses.slice(-LAST).join(', ')
}
