/** Tells limits of AWS and changes in progress, which the next run retries, from real failures. */
import { Later } from './market-resource.ts'

/**
 * Errors of a change that AWS may accept later: ten UpdateShardCount calls in 24 hours (Kinesis quotas), another change in
 * progress (ResourceInUse, ResourceConflict, Conflict), and too many requests a second.
 */
const LIMITS: ReadonlySet<string> = new Set([
  'ConflictException',
  'LimitExceededException',
  'ResourceConflictException',
  'ResourceInUseException',
  'TooManyRequestsException',
  'ThrottlingException',
])

/** Awaits a change of a resource. @throws Later if AWS may accept it later. */
export async function change(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (error instanceof Error && LIMITS.has(error.name)) throw new Later(`${error.name}: ${error.message}`)
    throw error
  }
}
