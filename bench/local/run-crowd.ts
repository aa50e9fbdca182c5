/** Runs many clients in a process of their own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type CrowdPlan, type CrowdReport, MEASURING } from './crowd-messages.ts'
import type { Started } from './started.ts'

/** What a benchmark chooses of a crowd. The rest follows from the system. */
export type CrowdChoice = Omit<CrowdPlan, 'websocketUrl' | 'tokenUrl' | 'clock' | 'issues'>

/**
 * @param during runs while the clients measure. Its result is part of the report.
 * @throws Error when a client does not get its boards.
 */
export async function runCrowd<Found>(
  { config, issues }: Started,
  choice: CrowdChoice,
  during: () => Promise<Found>,
): Promise<CrowdReport & { readonly during: Found }> {
  if (config.signIn.kind !== 'oidc') throw new Error('expected a system with a sign-in of its own')
  const plan: CrowdPlan = {
    websocketUrl: config.websocketUrl,
    tokenUrl: `${config.signIn.issuer}/token`,
    clock: config.clock,
    issues: [...issues],
    ...choice,
  }
  const child = fork(new URL('crowd.ts', import.meta.url), [JSON.stringify(plan)])
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`expected the clients to report, they ended with exit code ${code}`)
  })
  const message = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), exited]))[0]
  const first = await message()
  if (first !== MEASURING) throw new Error(`expected "${MEASURING}", got ${JSON.stringify(first)}`)
  const reported = message()
  const found = await during()
  const report = (await reported) as CrowdReport
  exited.catch(() => {})
  return { ...report, during: found }
}
