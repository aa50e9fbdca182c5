/** The requests that API Gateway takes of an account, or of a share of it. */
import { AWS_QUOTAS, requestBurst } from '@itastream/local-cloud/account-quotas'
import { createTokenBucket, type TokenBucket } from '@itastream/local-cloud/token-bucket'

/** @param share part of the account's quota. */
export function createRequestQuota(share: number): TokenBucket {
  return createTokenBucket({
    ratePerSecond: AWS_QUOTAS.requests * share,
    capacity: requestBurst(AWS_QUOTAS) * share,
    seconds: () => Date.now() / 1000,
  })
}
