/** Whether a request came through CloudFront: then it has the secret header that CloudFront adds. */
import { createHash, timingSafeEqual } from 'node:crypto'
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { EDGE_HEADER } from '../contract/edge-header.ts'
import { keepAliveHandler } from './keep-alive.ts'

/** How long the values are kept (ms). A value that has lost both stages opens the APIs for so long. */
export const KEEP_MS = 300_000
/** Time to the next attempt after a failed read, while older values are known (ms). */
const RETRY_MS = 10_000
/** A rotation gives the new value to functions and to CloudFront at different times: the value before it is good too. */
const STAGES = ['AWSCURRENT', 'AWSPREVIOUS'] as const

/**
 * Returns whether the headers of a request have a value of the secret. Names of headers may have any case.
 * @throws Error of the SDK if no value is known yet, and none can be read.
 */
export type EdgeCheck = (headers: Readonly<Record<string, string | undefined>>) => Promise<boolean>

export interface EdgeCheckParts {
  /** ARN of the secret. Empty: there is no CloudFront in front, and every request is good. */
  readonly secret: string
  readonly warn: (message: string, details: { readonly error: unknown }) => void
}

/** Makes a check, and starts to read the secret at once: an environment then knows it before its first request. */
export function createEdgeCheck({ secret, warn }: EdgeCheckParts): EdgeCheck {
  if (secret === '') return async () => true
  const client = new SecretsManagerClient({ requestHandler: keepAliveHandler() })
  let known: readonly Buffer[] = []
  let readAgainAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async (): Promise<void> => {
    try {
      const values = await Promise.all(STAGES.map(stage => versionOf(client, secret, stage)))
      known = values.flatMap(value => (value === undefined ? [] : [digestOf(value)]))
      readAgainAt = Date.now() + KEEP_MS
    } catch (error) {
      warn('the secret of the edge was not read', { error })
      if (known.length === 0) throw error
      readAgainAt = Date.now() + RETRY_MS
    } finally {
      reading = undefined
    }
  }
  const readIfDue = async (): Promise<void> => {
    if (Date.now() < readAgainAt) return
    reading ??= read()
    await reading
  }
  // The first request sees the failure.
  readIfDue().catch(() => {})

  return async headers => {
    const header = Object.entries(headers).find(([name]) => name.toLowerCase() === EDGE_HEADER)?.[1]
    if (header === undefined) return false
    await readIfDue()
    const given = digestOf(header)
    return known.filter(value => timingSafeEqual(value, given)).length > 0
  }
}

/** Returns a digest, because a comparison in constant time needs texts of equal length. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Returns a value of the secret; undefined if it has none in this stage. */
async function versionOf(
  client: SecretsManagerClient,
  SecretId: string,
  VersionStage: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString
  } catch (error) {
    if (VersionStage !== 'AWSCURRENT' && error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
