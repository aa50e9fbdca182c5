/** The parameters of the stack. */
import { CfnParameter, type CfnParameterProps } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { PUBLISH_NOTHING, PUBLISH_PATTERN } from '../contract/publication.ts'
import { LEAST_CONNECTIONS_A_USER, MOST_CONNECTIONS_A_USER } from '../contract/settings.ts'
import { LINE_NUMBERS } from '../market/lane.ts'
import { FASTEST_PACE_MS, SLOWEST_PACE_MS } from '../market/protocol.ts'

/** The characters of a scope (RFC 6749, 3.3). */
const SCOPE_PATTERN = '[!#-\\[\\]-~]+'
/** A route has 10 scopes at most (API Gateway quotas, "Authorization scopes per route"). */
const SCOPES_PATTERN = `^(${SCOPE_PATTERN}( ${SCOPE_PATTERN}){0,9})?$`

/** The addresses of a line's connections A and B. Empty values of B default to those of A. */
export interface LineParameters {
  readonly line: number
  readonly host: string
  readonly port: string
  readonly hostB: string
  readonly portB: string
}

/** The parameters of the stack. Their names in the template have no prefix. */
export class Parameters extends Construct {
  readonly marketClock: string
  readonly tokenIssuer: string
  readonly tokenAudience: string
  /** Scope names with a space between them; empty: none. */
  readonly tokenScopes: string
  /** A URL; empty: none. */
  readonly signInCallback: string
  /** Milliseconds. */
  readonly fastestPace: string
  readonly connectionsAUser: string
  /** What the stack publishes, and to whom: contract/publication.ts. */
  readonly publish: string
  readonly lineUser: string
  readonly lines: readonly LineParameters[]

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const parameter = (
      name: string,
      value: string,
      description: string,
      rules: Pick<CfnParameterProps, 'type' | 'minValue' | 'maxValue' | 'allowedPattern'> = {},
    ): string => {
      const made = new CfnParameter(this, name, { default: value, description, ...rules })
      made.overrideLogicalId(name)
      return made.valueAsString
    }
    this.marketClock = parameter('MarketClock', 'system', 'The clock of the market: "system".')
    this.tokenIssuer = parameter(
      'TokenIssuer',
      '',
      'Issuer URL of the access tokens (OpenID Connect). Empty: the stack creates a Cognito user pool.',
    )
    this.tokenAudience = parameter(
      'TokenAudience',
      'itastream',
      'Audience of the access tokens. Not used with the Cognito user pool: its audience is the app client.',
    )
    this.tokenScopes = parameter(
      'TokenScopes',
      '',
      'Scopes, separated by spaces: an access token needs one of them for real-time data. Empty: no scope is needed.',
      { allowedPattern: SCOPES_PATTERN },
    )
    this.signInCallback = parameter(
      'SignInCallback',
      '',
      'Address of your page to which the sign-in page of the Cognito user pool returns. Empty: there is no such page.',
      { allowedPattern: '^(https://.+)?$' },
    )
    this.fastestPace = parameter(
      'FastestPace',
      String(FASTEST_PACE_MS),
      'Shortest time (ms) between two posts to a connection whose access token does not state another.',
      { type: 'Number', minValue: FASTEST_PACE_MS, maxValue: SLOWEST_PACE_MS },
    )
    this.connectionsAUser = parameter(
      'ConnectionsAUser',
      '10',
      'Connections that a user may have at the same time.',
      { type: 'Number', minValue: LEAST_CONNECTIONS_A_USER, maxValue: MOST_CONNECTIONS_A_USER },
    )
    this.publish = parameter(
      'Publish',
      PUBLISH_NOTHING,
      'Data that needs a permission of the line, and its readers: "base-prices:everybody,news:registered", for example.',
      { allowedPattern: PUBLISH_PATTERN },
    )
    this.lineUser = parameter('LineUser', 'itastream', 'User name for the login to every line.')
    this.lines = LINE_NUMBERS.map(line => ({
      line,
      host: parameter(`LineHost${line}`, `line${line}.invalid`, `Host of line ${line}.`),
      port: parameter(`LinePort${line}`, String(9100 + line), `TCP port of line ${line}.`),
      hostB: parameter(
        `LineHost${line}B`,
        '',
        `Host of connection B of line ${line}. Empty: the host of connection A.`,
      ),
      portB: parameter(
        `LinePort${line}B`,
        '',
        `TCP port of connection B of line ${line}. Empty: the port of connection A.`,
      ),
    }))
  }
}
