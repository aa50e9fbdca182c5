/** The process of the clients, as the drill sees it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { CrowdAnswers, CrowdCommand, DrillCrowdPlan } from './crowd-commands.ts'

export interface CrowdChild extends AsyncDisposable {
  /** Sends a command and returns its answer. @throws Error if the clients cannot do it, or their process has ended. */
  ask<Kind extends CrowdCommand['kind']>(
    command: Extract<CrowdCommand, { kind: Kind }>,
  ): Promise<CrowdAnswers[Kind]>
}

type Reply = { readonly answer: unknown } | { readonly error: string }

export function startCrowdChild(plan: DrillCrowdPlan): CrowdChild {
  const child = fork(new URL('crowd-process.ts', import.meta.url), [JSON.stringify(plan)])
  const exited = once(child, 'exit')
  const failed = exited.then(([code]) => {
    throw new Error(`expected the clients to answer, their process ended with exit code ${code}`)
  })
  failed.catch(() => {})
  return {
    async ask(command) {
      const replied = once(child, 'message') as Promise<[Reply]>
      child.send(command)
      const [reply] = await Promise.race([replied, failed])
      if ('error' in reply) throw new Error(`the clients could not ${command.kind}: ${reply.error}`)
      return reply.answer as never
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}
