/**
 * The execution environments of a function: made as concurrent invocations need them, kept warm, ended when idle.
 *
 * All of them live in one thread, because a thread with the AWS SDK takes some 20 MB and another instance of the
 * function's code in the same thread takes 3 MB. A thread cannot end one environment alone. After a time-out or a crash
 * it gets no new invocation, ends when its last invocation has ended, and a new thread takes its place.
 */
import type { FunctionThread } from './function-thread.ts'

export interface Environment {
  readonly thread: FunctionThread
  /** Number within the thread. */
  readonly number: number
}

/** A thread with its environments. */
interface Host {
  readonly thread: FunctionThread
  /** The environment used last is the last one: it is the warmest. */
  readonly idle: Environment[]
  made: number
  busy: number
  /** Ends the thread when all environments have been idle for a while. */
  timer?: NodeJS.Timeout
}

interface Waiting {
  resolve(environment: Environment): void
  reject(error: Error): void
}

/** A thread that is idle for this long ends. Lambda ends idle environments too, after a time it does not document. */
const IDLE_MS = 30_000

export class Environments {
  readonly #start: () => FunctionThread
  readonly #limit: number
  readonly #hosts = new Map<FunctionThread, Host>()
  readonly #waiting: Waiting[] = []
  /** The one thread that takes new invocations. */
  #current: Host | undefined
  /** Environments of all threads. */
  #count = 0
  #endsIdle = true

  /** @param limit environments at the same time. */
  constructor(start: () => FunctionThread, limit: number) {
    this.#start = start
    this.#limit = limit
  }

  /** Keeps idle environments, because they are used again soon. */
  keepWarm(): void {
    this.#endsIdle = false
  }

  /** Takes an idle environment, or a new one below the limit. Returns `undefined` at the limit. */
  take(): Environment | undefined {
    if (this.#current?.thread.alive === false) this.#retire(this.#current)
    const idle = this.#current?.idle.pop()
    if (idle === undefined && this.#count >= this.#limit) return undefined
    this.#current ??= this.#open()
    const host = this.#current
    host.busy++
    clearTimeout(host.timer)
    if (idle !== undefined) return idle
    this.#count++
    return { thread: host.thread, number: host.made++ }
  }

  /** Waits for an environment that another invocation gives back. */
  wait(): Promise<Environment> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Gives an environment back after its invocation. @param usable whether its state is known to be good. */
  giveBack(environment: Environment, usable: boolean): void {
    const host = this.#hosts.get(environment.thread)
    if (host === undefined) return
    host.busy--
    if (!usable || !host.thread.alive) this.#retire(host)
    if (host === this.#current) {
      host.idle.push(environment)
      if (host.busy === 0 && this.#endsIdle) host.timer = setTimeout(() => this.#retire(host), IDLE_MS)
    } else {
      this.#count--
      this.#endIfUnused(host)
    }
    const next = this.#waiting.length === 0 ? undefined : this.take()
    if (next !== undefined) this.#waiting.shift()?.resolve(next)
  }

  /** Ends every thread, and with it the invocations that run. @param error what waiting invocations get. */
  async close(error: Error): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    for (const { timer } of this.#hosts.values()) clearTimeout(timer)
    await Promise.all([...this.#hosts.keys()].map(thread => thread.close()))
  }

  #open(): Host {
    const host: Host = { thread: this.#start(), idle: [], made: 0, busy: 0 }
    this.#hosts.set(host.thread, host)
    return host
  }

  /** Gives the thread no new invocation, and ends it after its last one. */
  #retire(host: Host): void {
    if (host !== this.#current) return
    this.#current = undefined
    clearTimeout(host.timer)
    this.#count -= host.idle.splice(0).length
    this.#endIfUnused(host)
  }

  #endIfUnused(host: Host): void {
    if (host.busy > 0 || !this.#hosts.delete(host.thread)) return
    void host.thread.close()
  }
}
