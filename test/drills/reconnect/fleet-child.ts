/** The process of the apps, as the drill sees it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { FleetAnswers, FleetCommand, FleetPlan } from './fleet-commands.ts'

export interface FleetChild extends AsyncDisposable {
  /** Sends a command and returns its answer. @throws Error if the apps cannot do it, or their process has ended. */
  ask<Kind extends FleetCommand['kind']>(kind: Kind): Promise<FleetAnswers[Kind]>
}

type Reply = { readonly answer: unknown } | { readonly error: string }

export function startFleet(plan: FleetPlan): FleetChild {
  const child = fork(new URL('fleet-process.ts', import.meta.url), [JSON.stringify(plan)], {
    // Maps pass as they are.
    serialization: 'advanced',
  })
  const exited = once(child, 'exit')
  const failed = exited.then(([code]) => {
    throw new Error(`expected the apps to answer, their process ended with exit code ${code}`)
  })
  failed.catch(() => {})
  return {
    async ask(kind) {
      const replied = once(child, 'message') as Promise<[Reply]>
      child.send({ kind } satisfies FleetCommand)
      const [reply] = await Promise.race([replied, failed])
      if ('error' in reply) throw new Error(`the apps could not ${kind}: ${reply.error}`)
      return reply.answer as never
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}
