/** How a deployment of a stage replaces the functions that answer users. */

/**
 * `canary`: the new version gets a tenth of the calls for five minutes, and all calls then; an alarm ends it before.
 * `at-once`: all calls go to the new version as soon as it exists.
 */
export type ReleaseKind = 'at-once' | 'canary'

export interface ReleaseConfig {
  readonly kind: ReleaseKind
  /**
   * Whether this deployment has neither the tenth of a canary nor its alarm (`-c release=at-once`). An alarm that is on before a deployment
   * ends it, too: without this, a release that fails would keep the release before it out (aws/serverless-application-model#716).
   */
  readonly isPastAlarms: boolean
}
