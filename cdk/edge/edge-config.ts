/** How readers reach the APIs and the board page. */

/** A name of your own for the edge. */
export interface EdgeDomain {
  /** For example `boards.example.co.jp`. Your DNS server leads it to the output `EdgeTarget`. */
  readonly name: string
  /** A certificate for the name, of AWS Certificate Manager in us-east-1: CloudFront uses no others. */
  readonly certificateArn: string
}

/** Requests in five minutes. Each limit is 10 or more. */
export interface RequestLimits {
  /** Requests of the REST API from one address. An office or a mobile network may be one IPv4 address. */
  readonly rest: number
  /** Requests of REST routes that read many ticks, or have the largest answer, from one address. */
  readonly heavyRest: number
  /** WebSocket connects from one address. */
  readonly connects: number
  /**
   * WebSocket connects from one network: an autonomous system, for example a carrier with all of its customers, or a cloud. An attacker has 2⁶⁴
   * IPv6 addresses, and takes no more than this share of the connects of all apps.
   */
  readonly connectsOfNetwork: number
  /** Requests of the REST API with one access token, from all addresses together. */
  readonly token: number
}

export interface EdgeConfig {
  /** Absent: readers use a name of CloudFront. */
  readonly domain: EdgeDomain | undefined
  /** Region of Origin Shield: all edge locations share one cache of REST answers there. Near the stack. */
  readonly originShield: string
  readonly limits: RequestLimits
  /**
   * Origins, such as `https://oauth2.example.co.jp`, of endpoints of your own issuer for tokens and their revocation that are not at the origin of
   * the issuer. The page may connect to them.
   */
  readonly signInOrigins: readonly string[]
}
