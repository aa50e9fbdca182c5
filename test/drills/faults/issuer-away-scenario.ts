/** Scenarios: the issuer of tokens answers with errors, or not at all, and users with valid tokens connect. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { below } from '../../../local/exchange/random.ts'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../../market/protocol.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { type Admit, createAdmission } from '../../../sign-in/admission.ts'
import { ASK_LIMIT_MS, ASK_PAUSE_MS, FRESH_MS } from '../../../sign-in/issuer-keys.ts'
import { type AppGateway, startAppGateway } from '../../functions/app-gateway.ts'
import {
  type IssuerMode,
  keepsKeys,
  signingKey,
  startTestIssuer,
  type TestIssuer,
} from '../../sign-in/test-issuer.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const AUDIENCE = 'apps'
const USERS = 60
/** Of these connects, one in four has a token with an unknown key. */
const STRANGERS = 4
/** Time in which a user must be connected (ms): well below the limit of a request to the issuer. */
const CONNECT_MS = ASK_LIMIT_MS / 2
/** After this many users, Lambda starts a new environment of the function. */
const USERS_AN_ENVIRONMENT = 25
/** Requests to the issuer in one attempt: one fails, and the second is not sent. */
const REQUESTS_PER_ATTEMPT = 1

/** Whether a token opens a connection, and how long that took (ms). */
async function connectWith({ url }: AppGateway, token: string): Promise<{ isOpen: boolean; took: number }> {
  const start = performance.now()
  const socket = new WebSocket(url, [SUBPROTOCOL, BEARER_PREFIX + token])
  const isOpen = await new Promise<boolean>(resolve => {
    socket.on('open', () => resolve(true))
    socket.on('error', () => resolve(false))
  })
  socket.terminate()
  return { isOpen, took: performance.now() - start }
}

/** Connects users one after the other, with some strangers among them. */
async function connectAll(
  gateway: AppGateway,
  issuer: TestIssuer,
  random: () => number,
  validFor: number,
  startEnvironment: () => void,
): Promise<Outcome & { readonly slowest: number }> {
  let wrong = 0
  let lost = 0
  let starved = 0
  let slowest = 0
  for (let user = 0; user < USERS; user++) {
    if (user % USERS_AN_ENVIRONMENT === USERS_AN_ENVIRONMENT - 1) startEnvironment()
    const isStranger = user % STRANGERS === 1
    const options = isStranger ? { kid: `unknown-${user}` } : {}
    const token = await issuer.sign({ aud: AUDIENCE }, { ...options, expiresIn: validFor })
    const { isOpen, took } = await connectWith(gateway, token)
    if (isStranger) {
      if (isOpen) wrong++
      continue
    }
    if (!isOpen) lost++
    if (took > CONNECT_MS) starved++
    slowest = Math.max(slowest, took)
    await sleep(below(random, 5))
  }
  return { wrong, lost, starved, slowest, measured: '' }
}

async function run(mode: IssuerMode, seed: number): Promise<Outcome> {
  const random = randomOf(`issuer ${mode}`, seed)
  const issuer = await startTestIssuer()
  /** Time (ms) that has passed for the function in addition to the real time. */
  let passed = 0
  const kept = keepsKeys()
  const newEnvironment = (): Admit =>
    createAdmission({
      issuer: issuer.url,
      audience: AUDIENCE,
      scopes: [],
      cutOf: async () => undefined,
      warn: () => {},
      kept,
      now: () => addMillis(nowMillis(), passed),
    })
  let environments = 1
  let admit = newEnvironment()
  const startEnvironment = (): void => {
    environments++
    admit = newEnvironment()
  }
  const gateway = await startAppGateway({ issues: [], admit: token => admit(token) })
  try {
    const validFor = (2 * FRESH_MS) / 1_000
    const before = await connectWith(gateway, await issuer.sign({ aud: AUDIENCE }))
    if (!before.isOpen) throw new Error('expected a connection before the fault, got a refusal')
    issuer.mode = mode
    passed = FRESH_MS + below(random, 60_000)
    const start = performance.now()
    const asked = issuer.requests
    const outcome = await connectAll(gateway, issuer, random, validFor, startEnvironment)
    const attempts = (issuer.requests - asked) / REQUESTS_PER_ATTEMPT
    if (attempts === 0) throw new Error('expected the issuer to be asked during the fault, it was not')
    const most = environments * (1 + Math.floor((performance.now() - start) / ASK_PAUSE_MS))
    // A new key counts as soon as the issuer is back.
    issuer.mode = 'answers'
    passed += ASK_LIMIT_MS + ASK_PAUSE_MS
    const key = signingKey('new')
    issuer.keys.push(key.jwk)
    const after = await connectWith(
      gateway,
      await issuer.sign({ aud: AUDIENCE }, { key, expiresIn: validFor }),
    )
    return {
      wrong: outcome.wrong + Math.max(0, attempts - most),
      lost: outcome.lost + (after.isOpen ? 0 : 1) + gateway.failures.length,
      starved: outcome.starved,
      measured: `${USERS} connects to ${environments} environments, slowest valid ${Math.round(outcome.slowest)} ms, issuer asked ${attempts} time(s)`,
    }
  } finally {
    await gateway[Symbol.asyncDispose]()
    await issuer[Symbol.asyncDispose]()
  }
}

export const issuerAway: Scenario = {
  name: 'issuer-away',
  fault: 'the issuer of tokens answers 503 for as long as it is asked',
  run: seed => run('fails', seed),
}

export const issuerHangs: Scenario = {
  name: 'issuer-hangs',
  fault: 'the issuer of tokens takes requests and does not answer',
  run: seed => run('hangs', seed),
}
