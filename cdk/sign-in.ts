import { CfnCondition, type CfnResource, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { UserPool } from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'

/** Whose access tokens are taken, and for what audience. */
export interface TokenIssuer {
  readonly issuer: string
  readonly audience: string
}

/** The configured issuer; without one, a Cognito user pool that exists only then. */
export class SignIn extends Construct implements TokenIssuer {
  readonly issuer: string
  readonly audience: string

  constructor(scope: Construct, id: string, configured: TokenIssuer) {
    super(scope, id)
    const noIssuer = new CfnCondition(this, 'NoTokenIssuer', {
      expression: Fn.conditionEquals(configured.issuer, ''),
    })
    const pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const client = pool.addClient('App', {
      authFlows: { userSrp: true },
      disableOAuth: true,
      accessTokenValidity: Duration.hours(1),
      preventUserExistenceErrors: true,
    })
    for (const made of [pool, client]) {
      const resource = made.node.defaultChild as CfnResource
      resource.cfnOptions.condition = noIssuer
    }
    for (const [rule, reason] of [
      ['COG2', 'How users sign in is the choice of the broker; market data alone stands behind the token.'],
      ['COG3', 'Threat protection is charged by user and is the choice of the broker.'],
      ['COG8', 'The plus plan is charged by user and is the choice of the broker.'],
    ] as const) {
      Validations.of(pool).acknowledge({ id: `AwsSolutions-${rule}`, reason })
    }
    this.issuer = Fn.conditionIf(noIssuer.logicalId, pool.userPoolProviderUrl, configured.issuer).toString()
    this.audience = Fn.conditionIf(
      noIssuer.logicalId,
      client.userPoolClientId,
      configured.audience,
    ).toString()
  }
}
