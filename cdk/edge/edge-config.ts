/** How readers reach the APIs and the board page. */

/** A name of your own for the edge. */
export interface EdgeDomain {
  /** For example `boards.example.co.jp`. Your DNS server leads it to the output `EdgeTarget`. */
  readonly name: string
  /** A certificate for the name, of AWS Certificate Manager in us-east-1: CloudFront uses no others. */
  readonly certificateArn: string
}

/** Requests of one address in five minutes. An office or a mobile network may be one address. */
export interface AddressLimits {
  /** Requests of the REST API. */
  readonly rest: number
  /** Requests of REST routes that read many ticks, or have the largest answer. */
  readonly heavyRest: number
  /** WebSocket connects. */
  readonly connects: number
}

export interface EdgeConfig {
  /** Absent: readers use a name of CloudFront. */
  readonly domain: EdgeDomain | undefined
  /** Region of Origin Shield: all edge locations share one cache of REST answers there. Near the stack. */
  readonly originShield: string
  readonly limits: AddressLimits
}
