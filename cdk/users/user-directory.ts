/** The Cognito user pool: its users, its app client, and its sign-in page. */
import { type CfnResource, Duration, Fn, Lazy, RemovalPolicy } from 'aws-cdk-lib'
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
  type UserPoolDomain,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { LOOPBACK_URL, PRICES_SERVER, REALTIME } from '../../contract/user-pool.ts'
import { acknowledge } from '../acknowledge.ts'
import { stackSuffix } from '../stack-suffix.ts'
import type { SignInConfig } from './sign-in-config.ts'

/** For this time a used refresh token is good for another try, in case its answer was lost. At most 60 s (RefreshTokenRotationType). */
const RETRY_TIME = Duration.seconds(60)

const REALTIME_PRICES = new ResourceServerScope({
  scopeName: REALTIME,
  scopeDescription: 'Real-time prices',
})

export interface UserDirectoryProps {
  readonly config: SignInConfig
  readonly deletionProtection: boolean
  /** Addresses of pages to which the sign-in page may return. */
  readonly returns: readonly string[]
}

export class UserDirectory extends Construct {
  readonly pool: UserPool
  readonly client: UserPoolClient
  /** The app client of the canary. Absent: the canary does not sign in at this pool. */
  readonly canary: UserPoolClient | undefined
  /** Address of the sign-in page. */
  readonly url: string
  /** All resources. */
  readonly resources: readonly CfnResource[]
  readonly #returns: string[]

  constructor(scope: Construct, id: string, { config, deletionProtection, returns }: UserDirectoryProps) {
    super(scope, id)
    this.#returns = [LOOPBACK_URL, ...returns]
    this.pool = this.#addPool(config, deletionProtection)
    const { server, client } = this.#addClient(config)
    this.client = client
    this.canary = config.canaryClient ? this.#addCanaryClient(server) : undefined
    const domain = this.#addDomain(config)
    this.url = domain.baseUrl()
    const clients = this.canary === undefined ? [client] : [client, this.canary]
    const made = [this.pool, server, ...clients, domain].map(each => each.node.defaultChild as CfnResource)
    this.resources = config.plan === 'lite' ? made : [...made, this.#addStyle()]
  }

  /** Lets the sign-in page return to this address. */
  addReturn(url: string): void {
    this.#returns.push(url)
  }

  #addPool({ plan, secondFactor }: SignInConfig, deletionProtection: boolean): UserPool {
    const isRequired = secondFactor === 'required'
    const pool = new UserPool(this, 'Default', {
      featurePlan: plan === 'lite' ? FeaturePlan.LITE : FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: isRequired ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        // An administrator chooses the first password, and the user replaces it in this time.
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection,
      removalPolicy: deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    acknowledge(pool, {
      ...(isRequired ? {} : { COG2: 'A stage without users: a second factor is optional.' }),
      COG8: 'The plus plan is charged by user; the broker decides.',
    })
    return pool
  }

  /**
   * Adds the app client of the board page, of apps and of the command line. It is public: it has no secret, and needs PKCE instead.
   * Users sign in on the page of the pool. Sign-in with SRP gives tokens without a scope of a resource server (Cognito developer
   * guide, "Understanding the access token").
   */
  #addClient({ plan, hoursSignedIn }: SignInConfig): {
    server: UserPoolResourceServer
    client: UserPoolClient
  } {
    const server = this.pool.addResourceServer('Prices', {
      identifier: PRICES_SERVER,
      scopes: [REALTIME_PRICES],
    })
    const addresses = Lazy.list({ produce: () => this.#returns })
    const client = this.pool.addClient('App', {
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.resourceServer(server, REALTIME_PRICES)],
        callbackUrls: addresses,
        logoutUrls: addresses,
      },
      generateSecret: false,
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(hoursSignedIn),
      // Needs the plan essentials (Cognito, "refresh token rotation").
      ...(plan === 'lite' ? {} : { refreshTokenRotationGracePeriod: RETRY_TIME }),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    })
    return { server, client }
  }

  /**
   * Adds the app client of the canary. It has a secret, and no user: a user of the pool may need an authenticator app, which a program
   * has not. Its tokens name it as the user.
   */
  #addCanaryClient(server: UserPoolResourceServer): UserPoolClient {
    return this.pool.addClient('Canary', {
      // Without a list Cognito would allow users to sign in here, too.
      authFlows: { userSrp: false },
      oAuth: {
        flows: { clientCredentials: true },
        scopes: [OAuthScope.resourceServer(server, REALTIME_PRICES)],
      },
      generateSecret: true,
      accessTokenValidity: Duration.hours(1),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    })
  }

  /** Adds the address of the sign-in page and of the OAuth endpoints. */
  #addDomain({ plan }: SignInConfig): UserPoolDomain {
    // A prefix is unique in a region.
    return this.pool.addDomain('Page', {
      cognitoDomain: { domainPrefix: Fn.join('-', [PRICES_SERVER, stackSuffix()]) },
      managedLoginVersion:
        plan === 'lite' ? ManagedLoginVersion.CLASSIC_HOSTED_UI : ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    })
  }

  /** Gives the client the default style: managed login shows no page for a client without a style. */
  #addStyle(): CfnManagedLoginBranding {
    return new CfnManagedLoginBranding(this, 'Style', {
      userPoolId: this.pool.userPoolId,
      clientId: this.client.userPoolClientId,
      useCognitoProvidedValues: true,
    })
  }
}
