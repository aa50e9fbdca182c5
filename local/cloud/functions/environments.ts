/**
 * The execution environments of a function: made as concurrent invocations need them, kept warm, ended when idle.
 *
 * Several of them share a thread, because a thread with the AWS SDK takes some 20 MB and another instance of the
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

/** Environments of a thread. More concurrent invocations get a second thread, so that they use both cores. */
const ENVIRONMENTS_PER_THREAD = 4

/** A thread that is idle for this long ends. Lambda ends idle environments too, after a time it does not document. */
const IDLE_MS = 30_000

export class Environments {
  readonly #start: () => FunctionThread
  readonly #limit: () => number
  /** Every thread that has not ended. */
  readonly #hosts = new Map<FunctionThread, Host>()
  /** The threads that take new invocations, the oldest first. */
  readonly #open = new Set<Host>()
  readonly #waiting: Waiting[] = []
  /** Environments of all threads. */
  #count = 0
  #keepsWarm = false
  #closed = false
  /** Environments that are loaded before they are called, and those of them that are being loaded. */
  #provisioned = 0
  #loading = 0

  /** @param limit returns the environments at the same time. */
  constructor(start: () => FunctionThread, limit: () => number) {
    this.#start = start
    this.#limit = limit
  }

  /** Keeps the idle environments of one thread, because they are used again soon. */
  keepWarm(): void {
    this.#keepsWarm = true
  }

  get provisioned(): number {
    return this.#provisioned
  }

  /**
   * Loads environments of one thread and keeps them. 0 ends this.
   * @throws Error if the code cannot be loaded.
   */
  async provision(count: number): Promise<void> {
    this.#provisioned = Math.min(count, ENVIRONMENTS_PER_THREAD, this.#limit())
    if (count > 0) await this.#load()
    else for (const host of this.#open) if (host.busy === 0) this.#endLater(host)
  }

  /** Loads the provisioned environments that the oldest thread does not have yet. */
  async #load(): Promise<void> {
    for (const host of this.#open) if (!host.thread.alive) this.#retire(host)
    const [host = this.#openThread()] = this.#open
    const made: Environment[] = []
    while (host.made < this.#provisioned && this.#count < this.#limit()) made.push(this.#make(host))
    const loads = made.map(async environment => {
      this.#loading++
      const result = await environment.thread.load(environment.number)
      this.#loading--
      this.#return(environment, result.ok)
      return result
    })
    const failed = (await Promise.all(loads)).find(({ ok }) => !ok)
    if (failed !== undefined) throw new Error(failed.payload)
  }

  /** Loads provisioned environments in place of those that were ended. If their code does not load, invocations report this. */
  #loadAgain(): void {
    const [oldest] = this.#open
    const isMissing = oldest === undefined || oldest.made < this.#provisioned
    if (this.#provisioned > 0 && isMissing && !this.#closed) void this.#load().catch(() => {})
  }

  #make(host: Host): Environment {
    clearTimeout(host.timer)
    host.busy++
    this.#count++
    return { thread: host.thread, number: host.made++ }
  }

  /**
   * Takes an idle environment, or a new one below the limit. Returns `undefined` at the limit, and while an environment is
   * being loaded that nobody waits for: a new environment in the same thread would be ready later.
   */
  take(): Environment | undefined {
    for (const host of this.#open) if (!host.thread.alive) this.#retire(host)
    const canMake = this.#count < this.#limit() && this.#loading <= this.#waiting.length
    const host =
      [...this.#open].find(
        ({ idle, busy }) => idle.length > 0 || (canMake && busy < ENVIRONMENTS_PER_THREAD),
      ) ?? (canMake ? this.#openThread() : undefined)
    if (host === undefined) return undefined
    const idle = host.idle.pop()
    if (idle === undefined) return this.#make(host)
    host.busy++
    clearTimeout(host.timer)
    return idle
  }

  /** Waits for an environment that another invocation gives back. */
  wait(): Promise<Environment> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Gives an environment back after its invocation. @param usable whether its state is known to be good. */
  giveBack(environment: Environment, usable: boolean): void {
    this.#return(environment, usable)
    this.#loadAgain()
  }

  #return(environment: Environment, usable: boolean): void {
    const host = this.#hosts.get(environment.thread)
    if (host === undefined) return
    host.busy--
    if (!usable || !host.thread.alive) this.#retire(host)
    if (this.#open.has(host)) {
      host.idle.push(environment)
      if (host.busy === 0) this.#endLater(host)
    } else {
      this.#count--
      this.#endIfUnused(host)
    }
    const next = this.#waiting.length === 0 ? undefined : this.take()
    if (next !== undefined) this.#waiting.shift()?.resolve(next)
  }

  /** Ends every thread at once, and with it the invocations that run. The next invocation gets a new thread. */
  async crash(): Promise<void> {
    const threads = [...this.#hosts.keys()]
    // Before the wait: an invocation that fails meanwhile starts a new thread, which stays.
    for (const host of this.#open) this.#retire(host)
    await Promise.all(threads.map(thread => thread.close()))
    this.#loadAgain()
  }

  /** Ends every thread, and with it the invocations that run. @param error what waiting invocations get. */
  async close(error: Error): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    for (const { timer } of this.#hosts.values()) clearTimeout(timer)
    await Promise.all([...this.#hosts.keys()].map(thread => thread.close()))
  }

  #openThread(): Host {
    const host: Host = { thread: this.#start(), idle: [], made: 0, busy: 0 }
    this.#hosts.set(host.thread, host)
    this.#open.add(host)
    return host
  }

  #endLater(host: Host): void {
    clearTimeout(host.timer)
    host.timer = setTimeout(() => this.#endIdle(host), IDLE_MS)
  }

  #endIdle(host: Host): void {
    const [oldest] = this.#open
    if ((!this.#keepsWarm && this.#provisioned === 0) || host !== oldest) this.#retire(host)
  }

  /** Gives the thread no new invocation, and ends it after its last one. */
  #retire(host: Host): void {
    if (!this.#open.delete(host)) return
    clearTimeout(host.timer)
    this.#count -= host.idle.splice(0).length
    this.#endIfUnused(host)
  }

  #endIfUnused(host: Host): void {
    if (host.busy > 0 || !this.#hosts.delete(host.thread)) return
    void host.thread.close()
  }
}
