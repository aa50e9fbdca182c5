/** The parameters of the stack. */
import { CfnParameter, type CfnParameterProps, CfnRule, Fn } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { PUBLISH_NOTHING, PUBLISH_PATTERN } from '../contract/publication.ts'
import { LEAST_CONNECTIONS_A_USER, MOST_CONNECTIONS_A_USER } from '../contract/settings.ts'
import { LINE_NUMBERS } from '../market/lane.ts'
import { FASTEST_PACE_MS, SLOWEST_PACE_MS } from '../market/protocol.ts'

/** The characters of a scope (RFC 6749, 3.3). */
const SCOPE_PATTERN = '[!#-\\[\\]-~]+'
/** A route has 10 scopes at most (API Gateway quotas, "Authorization scopes per route"). */
const SCOPES_PATTERN = `^(${SCOPE_PATTERN}( ${SCOPE_PATTERN}){0,9})?$`

/** A name of DNS or an IPv4 address: at most 253 characters (RFC 1035, 2.3.4). */
const HOST = '[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?'
/** 1 to 65535. */
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
/**
 * The address of an issuer: https, without a query (OpenID Connect Discovery 1.0, 3). API Gateway reaches no issuer on localhost:
 * the local system has one there.
 */
const ISSUER_PATTERN =
  "^(https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?|http://(localhost|127[.]0[.]0[.]1):[0-9]+)?$"
/** The characters of a client id or of the name of an API. */
const AUDIENCE_PATTERN = '^[!-~]{1,255}$'
/** A secret of Secrets Manager, with the six random characters of its ARN: a policy with an ARN without them allows nothing. */
const SECRET_ARN = 'arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}'
/** Certificates in PEM. A value has at most 4,096 bytes (CloudFormation quotas), enough for two certificates of 4,096 bits. */
const CERTIFICATES_PATTERN = '^(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----\\s*)*$'
const CALLBACK_PATTERN = '^(https://.+)?$'

/**
 * Most characters of the parameters that are in the description of a version, which has 256 (Lambda API reference, PublishVersion).
 * `message` has the first three, `Publish` (38 at most), and the spaces between; the canary has its secret alone.
 */
const MOST_CHARACTERS = { issuer: 100, audience: 64, scopes: 50, secret: 256 } as const

const orEmpty = (pattern: string): string => `^(${pattern})?$`

/** The addresses of a line's connections A and B. Empty values of B default to those of A. */
export interface LineParameters {
  readonly line: number
  readonly host: string
  readonly port: string
  readonly hostB: string
  readonly portB: string
}

/** Whether the tasks reach the lines by TLS. */
export interface LineTlsParameters {
  /** `on` or `off`. */
  readonly mode: string
  /** Certificates of CAs in PEM; empty: the public CAs. */
  readonly ca: string
}

/** The parameters of the stack. Their names in the template have no prefix. */
export class Parameters extends Construct {
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
  /** ARN of a secret; empty: none. */
  readonly canarySecret: string
  /** ARN of a secret. */
  readonly lineSecret: string
  readonly lineTls: LineTlsParameters
  readonly lines: readonly LineParameters[]

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const parameter = parameterAdder(this)
    this.tokenIssuer = parameter(
      'TokenIssuer',
      '',
      'Issuer URL of the access tokens (OpenID Connect). Empty: the stack creates a Cognito user pool.',
      { allowedPattern: ISSUER_PATTERN, maxLength: MOST_CHARACTERS.issuer },
    )
    this.tokenAudience = parameter(
      'TokenAudience',
      'itastream',
      'Audience of the access tokens. Not used with the Cognito user pool: its audience is the app client.',
      { allowedPattern: AUDIENCE_PATTERN, maxLength: MOST_CHARACTERS.audience },
    )
    this.tokenScopes = parameter(
      'TokenScopes',
      '',
      'Scopes, separated by spaces: an access token needs one of them for real-time data. Empty: no scope is needed.',
      { allowedPattern: SCOPES_PATTERN, maxLength: MOST_CHARACTERS.scopes },
    )
    this.signInCallback = parameter(
      'SignInCallback',
      '',
      'Address of your page to which the sign-in page of the Cognito user pool returns. Empty: there is no such page.',
      { allowedPattern: CALLBACK_PATTERN },
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
    this.canarySecret = parameter(
      'CanarySecret',
      '',
      'ARN of the secret with the request for the access token of the canary. Empty: it does not check real-time data.',
      { allowedPattern: orEmpty(SECRET_ARN), maxLength: MOST_CHARACTERS.secret },
    )
    // No default: with a made-up login the tasks would be refused until the provider locks the user.
    this.lineSecret = parameter(
      'LineSecret',
      undefined,
      'ARN of the secret with the login to every line. Its value is JSON: {"user": "…", "password": "…"}.',
      { allowedPattern: `^${SECRET_ARN}$` },
    )
    this.lineTls = {
      mode: parameter('LineTls', 'off', 'Whether the tasks reach the lines by TLS: "on" or "off".', {
        allowedPattern: '^(on|off)$',
      }),
      ca: parameter(
        'LineCa',
        '',
        'Certificates (PEM) of the private CA that signs the certificates of the lines. Empty: the public CAs.',
        { allowedPattern: CERTIFICATES_PATTERN },
      ),
    }
    refuseCaWithoutTls(this, this.lineTls)
    this.lines = LINE_NUMBERS.map(line => ({
      line,
      // No default: a stack whose lines cannot be reached would deploy without an error.
      host: parameter(`LineHost${line}`, undefined, `Host of line ${line}: a name or an IPv4 address.`, {
        allowedPattern: `^${HOST}$`,
      }),
      port: parameter(`LinePort${line}`, undefined, `TCP port of line ${line}.`, {
        allowedPattern: `^${PORT}$`,
      }),
      hostB: parameter(
        `LineHost${line}B`,
        '',
        `Host of connection B of line ${line}. Empty: the host of connection A.`,
        { allowedPattern: orEmpty(HOST) },
      ),
      portB: parameter(
        `LinePort${line}B`,
        '',
        `TCP port of connection B of line ${line}. Empty: the port of connection A.`,
        { allowedPattern: orEmpty(PORT) },
      ),
    }))
  }
}

/**
 * Refuses a CA without TLS before anything is deployed. The tasks refuse it too, but they may start hours after a deployment.
 */
function refuseCaWithoutTls(scope: Construct, { mode, ca }: LineTlsParameters): void {
  const rule = new CfnRule(scope, 'LineCaNeedsTls', {
    ruleCondition: Fn.conditionNot(Fn.conditionEquals(ca, '')),
    assertions: [
      { assert: Fn.conditionEquals(mode, 'on'), assertDescription: 'LineCa is used with LineTls=on alone.' },
    ],
  })
  rule.overrideLogicalId('LineCaNeedsTls')
}

/** Returns a function that adds a parameter and returns its value. */
function parameterAdder(scope: Construct) {
  return (
    name: string,
    /** Undefined: the first deployment must give a value, and later deployments keep it. */
    value: string | undefined,
    description: string,
    rules: Pick<CfnParameterProps, 'type' | 'minValue' | 'maxValue' | 'maxLength' | 'allowedPattern'> = {},
  ): string => {
    const made = new CfnParameter(scope, name, {
      ...(value === undefined ? {} : { default: value }),
      description,
      ...rules,
    })
    made.overrideLogicalId(name)
    return made.valueAsString
  }
}
