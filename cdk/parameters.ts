import { CfnParameter } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { LINES } from '../market/lane.ts'

/** Where one line of the feed is: its connections A and B. Of B, what is empty is as A has it. */
export interface LineParameters {
  readonly line: number
  readonly host: string
  readonly port: string
  readonly hostB: string
  readonly portB: string
}

/** What a deployment is told from outside. The names are the template's, without a prefix. */
export class Parameters extends Construct {
  readonly marketClock: string
  readonly tokenIssuer: string
  readonly tokenAudience: string
  readonly lineUser: string
  readonly lines: readonly LineParameters[]

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const parameter = (name: string, value: string, description: string): string => {
      const made = new CfnParameter(this, name, { default: value, description })
      made.overrideLogicalId(name)
      return made.valueAsString
    }
    this.marketClock = parameter('MarketClock', 'system', 'The clock of the market: "system".')
    this.tokenIssuer = parameter(
      'TokenIssuer',
      '',
      'Issuer URL of the access tokens (OpenID Connect). Empty: a Cognito user pool is created.',
    )
    this.tokenAudience = parameter(
      'TokenAudience',
      'itastream',
      'Audience of the access tokens. Not used with the Cognito user pool, whose audience is its app client.',
    )
    this.lineUser = parameter('LineUser', 'itastream', 'User name at the login of every line.')
    this.lines = Array.from({ length: LINES }, (_, index) => ({
      line: index + 1,
      host: parameter(`LineHost${index + 1}`, `line${index + 1}.invalid`, `Host of line ${index + 1}.`),
      port: parameter(`LinePort${index + 1}`, `${9101 + index}`, `TCP port of line ${index + 1}.`),
      hostB: parameter(`LineHost${index + 1}B`, '', `Host of connection B of line ${index + 1}. Empty: A's.`),
      portB: parameter(
        `LinePort${index + 1}B`,
        '',
        `TCP port of connection B of line ${index + 1}. Empty: A's.`,
      ),
    }))
  }
}
