/** Region and account of the local resources. */

/** Tokyo. */
export const REGION = 'ap-northeast-1'
/** Account number in all ARNs. */
export const ACCOUNT = '000000000000'

/** Returns an ARN of the local account and region. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`
}
