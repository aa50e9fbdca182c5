/** Where the local resources claim to be. */

/** Tokyo: the region that the system is meant for. */
export const REGION = 'ap-northeast-1'
/** The account number that the stand-ins write into their ARNs. */
export const ACCOUNT = '000000000000'

/** An ARN in the local account. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`
}
