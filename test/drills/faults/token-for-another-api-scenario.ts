/** Scenario: clients offer tokens of the right issuer that are not for this API, on WebSocket and REST. */
import { type Authorize, createAuthorizer } from '@itastream/local-cloud/authorizer'
import type { JWTPayload } from 'jose'
import { accessTokenProblem } from '../../../lambda/access-token.ts'
import { pick } from '../../../local/exchange/random.ts'
import { Refusal } from '../../../sign-in/refusal.ts'
import { tokenVerifier } from '../../../sign-in/token-verifier.ts'
import { keepsKeys, startTestIssuer } from '../../sign-in/test-issuer.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'token-for-another-api'
const AUDIENCE = 'itastream'
const TOKENS = 200

interface Candidate {
  readonly claims: JWTPayload
  /** Whether the token is an access token for this API. */
  readonly isOurs: boolean
}

const CANDIDATES: readonly Candidate[] = [
  { claims: { aud: AUDIENCE }, isOurs: true },
  { claims: { aud: ['payments', AUDIENCE], client_id: 'page' }, isOurs: true },
  { claims: { client_id: AUDIENCE, token_use: 'access' }, isOurs: true },
  { claims: { aud: 'payments', client_id: AUDIENCE }, isOurs: false },
  { claims: { aud: ['payments', 'mail'], client_id: AUDIENCE }, isOurs: false },
  { claims: { aud: '', client_id: AUDIENCE }, isOurs: false },
  { claims: { aud: [], client_id: AUDIENCE }, isOurs: false },
  { claims: { client_id: 'payments', token_use: 'access' }, isOurs: false },
  { claims: { aud: AUDIENCE, token_use: 'id' }, isOurs: false },
  { claims: { aud: AUDIENCE, at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng', nonce: 'n' }, isOurs: false },
  { claims: {}, isOurs: false },
]

async function isVerified(verify: ReturnType<typeof tokenVerifier>, token: string): Promise<boolean> {
  try {
    await verify(token)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Whether the gateway and the function behind it answer a request. */
async function isAuthorized(authorize: Authorize, token: string): Promise<boolean> {
  const decision = await authorize({ authorization: `Bearer ${token}` }, [])
  return decision.kind === 'allowed' && accessTokenProblem(decision.claims) === undefined
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf(NAME, seed)
  await using issuer = await startTestIssuer()
  const verify = tokenVerifier({
    issuer: issuer.url,
    audience: AUDIENCE,
    scopes: [],
    warn: () => {},
    kept: keepsKeys(),
  })
  const authorize = createAuthorizer({
    issuer: issuer.url,
    audience: [AUDIENCE],
    headers: ['authorization'],
  })
  let wrong = 0
  let lost = 0
  let foreign = 0
  for (let i = 0; i < TOKENS; i++) {
    const { claims, isOurs } = pick(random, CANDIDATES)
    const token = await issuer.sign({ ...claims, sub: `user-${i}` })
    const accepted = [await isVerified(verify, token), await isAuthorized(authorize, token)]
    if (isOurs) lost += accepted.filter(each => !each).length
    else wrong += accepted.filter(each => each).length
    if (!isOurs) foreign++
  }
  if (foreign === 0) throw new Error('expected a token for another API, got none')
  return { wrong, lost, starved: 0, measured: `${foreign} of ${TOKENS} tokens refused on WebSocket and REST` }
}

export const tokenForAnotherApi: Scenario = {
  name: NAME,
  fault: 'clients offer tokens of the issuer for other APIs, and ID tokens',
  run,
}
