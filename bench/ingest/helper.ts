/** Child processes of a benchmark, so that each side has its own CPU time and memory. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Functions of a helper by name. Arguments and answers pass between the processes as JSON. */
export type Abilities = Readonly<Record<string, (argument: never) => unknown>>

export interface Helper<All extends Abilities> {
  /** Calls a function of the helper. @throws Error if the helper ends instead; its standard error has the reason. */
  ask<Name extends keyof All & string>(
    name: Name,
    argument: Parameters<All[Name]>[0],
  ): Promise<Awaited<ReturnType<All[Name]>>>
  end(): Promise<void>
}

/**
 * Starts a helper.
 * @param file program of the helper. It must call {@link serve}.
 * @param nodeOptions value of NODE_OPTIONS for the helper.
 */
export function startHelper<All extends Abilities>(file: string, nodeOptions: string): Helper<All> {
  const child = fork(file, { env: { ...process.env, NODE_OPTIONS: nodeOptions } })
  const exited = once(child, 'exit')
  const early = exited.then(([code, signal]) => {
    throw new Error(`expected an answer of ${file}, but it ended with ${code ?? signal}`)
  })
  early.catch(() => {}) // A helper may end while no call waits for it.
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

/** The side of the helper: answers one call after another until the benchmark disconnects. */
export function serve(abilities: Abilities): void {
  process.on('message', async ({ name, argument }: { name: string; argument: never }) => {
    process.send?.(await abilities[name]!(argument))
  })
  process.on('disconnect', () => process.exit())
}
