/** Asks the registry for the base image of the ingest task, by its digest and by its tag. */
import { instructionsOf } from '../check-cloud/dockerfile-instructions.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

const LIMIT_MS = 10_000
const PULL =
  'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json'

export interface BaseImage {
  /** For people: `node:24-slim`. */
  readonly name: string
  readonly tag: string
  readonly digest: string
}

/** Reads the FROM of a Dockerfile. @throws RangeError if it has no tag or no digest. */
export function readBaseImage(dockerfile: string): BaseImage {
  const from = instructionsOf(dockerfile).find(({ name }) => name === 'FROM')?.value ?? ''
  const [, name, tag, digest] = /^(.+:([\w.-]+))@(sha256:[0-9a-f]{64})$/.exec(from) ?? []
  if (!name || !tag || !digest) throw new RangeError(`FROM: expected NAME:TAG@sha256:DIGEST, got ${from}`)
  return { name, tag, digest }
}

/**
 * A newer image under the tag is no fault of a deployment, but may fix vulnerabilities of the base.
 * @param repository URL of the repository at a registry: `https://HOST/v2/library/node`. Undefined: none is asked.
 */
export async function checkBaseImage(
  { name, tag, digest }: BaseImage,
  repository: string | undefined,
): Promise<CheckResult[]> {
  const area = 'image'
  if (repository === undefined)
    return [unknown(area, `${name}@${digest} was compared with no registry`, 'Add --repository URL.')]
  const todo = 'docs/deploy.md#the-base-image says how to take another digest.'
  try {
    const fetchDigest = openRepository(repository)
    const pinned = await fetchDigest(digest)
    if (pinned !== digest) return [missing(area, `${repository} has no ${digest}`, todo)]
    const newest = await fetchDigest(tag)
    if (newest === digest) return [ok(area, `${tag} is ${digest}`)]
    return [ok(area, `${digest} exists`), missing(area, `${tag} is now ${newest ?? 'gone'}`, todo)]
  } catch (error) {
    return [unknown(area, error, 'The registry was not reached. The build needs it.')]
  }
}

/**
 * Gets a token as the registry asks for it (distribution specification, token authentication).
 * @returns a function that returns the digest of a tag or digest; undefined if the repository has none.
 */
function openRepository(repository: string) {
  const head = (reference: string, token: string | undefined): Promise<Response> =>
    fetch(`${repository}/manifests/${reference}`, {
      method: 'HEAD',
      headers: { accept: PULL, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(LIMIT_MS),
    })
  let token: string | undefined
  return async (reference: string): Promise<string | undefined> => {
    let response = await head(reference, token)
    if (response.status === 401 && token === undefined) {
      token = await requestToken(response.headers.get('www-authenticate') ?? '')
      response = await head(reference, token)
    }
    if (response.status === 404) return undefined
    if (!response.ok) throw new Error(`${repository}: status ${response.status}`)
    return response.headers.get('docker-content-digest') ?? undefined
  }
}

async function requestToken(challenge: string): Promise<string> {
  const parts = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
  const { realm, ...query } = parts as Record<string, string>
  if (realm === undefined) throw new Error(`expected a realm in www-authenticate, got ${challenge || 'none'}`)
  const response = await fetch(`${realm}?${new URLSearchParams(query)}`, {
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  const { token } = (await response.json()) as { token?: string }
  if (token === undefined) throw new Error(`${realm}: expected a token, got status ${response.status}`)
  return token
}
