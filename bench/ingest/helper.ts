/** Processes of a benchmark's own: what they are asked to do has its own CPU time and memory. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

/** What a helper can do, by name. Arguments and answers pass between the processes as JSON. */
export type Abilities = Readonly<Record<string, (argument: never) => unknown>>

export interface Helper<All extends Abilities> {
  /** @throws Error if the helper ends instead of answering; why is on standard error. */
  ask<Name extends keyof All & string>(
    name: Name,
    argument: Parameters<All[Name]>[0],
  ): Promise<Awaited<ReturnType<All[Name]>>>
  end(): Promise<void>
}

/**
 * @param file the helper's program, which calls {@link serve}.
 * @param nodeOptions what Node is told in NODE_OPTIONS.
 */
export function startHelper<All extends Abilities>(file: string, nodeOptions: string): Helper<All> {
  const child = fork(file, { env: { ...process.env, NODE_OPTIONS: nodeOptions } })
  const exited = once(child, 'exit')
  const early = exited.then(([code, signal]) => {
    throw new Error(`${file} ended with ${code ?? signal} before it had answered`)
  })
  early.catch(() => {}) // It may end when nobody waits for an answer.
  return {
    async ask(name, argument) {
      const answered = once(child, 'message')
      child.send({ name, argument })
      const [answer] = await Promise.race([answered, early])
      return answer
    },
    async end() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** The helper's side: answers one question after the other until whoever asks is gone. */
export function serve(abilities: Abilities): void {
  process.on('message', async ({ name, argument }: { name: string; argument: never }) => {
    process.send?.(await abilities[name]!(argument))
  })
  process.on('disconnect', () => process.exit())
}
