/** How users sign in, if the stack creates the user pool. */

export interface SignInConfig {
  /**
   * The feature plan of Cognito. Both are free for 10,000 users a month. More cost $0.0055 each (`lite`) or $0.015 (`essentials`)
   * (https://aws.amazon.com/cognito/pricing/). `essentials` has the managed login pages, and refresh tokens that change with each use.
   */
  readonly plan: 'lite' | 'essentials'
  /** Whether users need a one-time password of an authenticator app (TOTP) in addition to their password. */
  readonly secondFactor: 'optional' | 'required'
  /** Hours for which a page or an app stays signed in. Then users sign in again. */
  readonly hoursSignedIn: number
  /**
   * Whether the canary has an app client of its own, for a token without a user: docs/operations.md, "The secret of the canary". Cognito
   * charges $6 a month for it, and for each token.
   */
  readonly canaryClient: boolean
}
