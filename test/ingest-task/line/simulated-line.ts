/** A line and its two connections in virtual time: sends frames to the machine of a session and answers its requests. */
import { encodeRange, type Range } from '../../../ingest-task/line/control.ts'
import { type Frame, isContent } from '../../../ingest-task/line/frame.ts'
import type { LineEffect, LineEvent } from '../../../ingest-task/line/line-events.ts'
import {
  arrives,
  closed,
  frameOf,
  MachineRun,
  opened,
  readable,
  SESSION,
  TIMING,
  unreadable,
} from './machine-run.ts'
import { SimulatedConsumer } from './simulated-consumer.ts'

/** Messages in one frame of the first session; a later session has other frame numbers for the same messages. */
const MESSAGES_A_FRAME = 1
const MESSAGES_A_FRAME_LATER = 3

interface Link {
  isUp: boolean
  /** Frames on their way to the session. */
  queue: Frame[]
  /** The frame that arrived last. */
  latest: Frame | undefined
}

interface Appointment {
  readonly at: number
  readonly run: () => void
}

export class SimulatedLine {
  readonly run = new MachineRun()
  readonly consumer = new SimulatedConsumer()
  /** Messages that the line has sent, counted from 1. */
  messages = 0
  #session = SESSION
  #messagesAFrame = MESSAGES_A_FRAME
  /** Frames of the session, each as the counters of its messages. */
  #frames: Range[] = []
  /** Frames up to this number are never sent again. */
  #forgotten = 0
  /** Frames of the session that were damaged on a link. */
  #damaged = new Set<number>()
  readonly #links: readonly Link[] = [0, 1].map(() => ({ isUp: false, queue: [], latest: undefined }))
  readonly #appointments = new Map<string, Appointment>()
  readonly #events: LineEvent[] = []
  #isHandling = false

  constructor() {
    this.#every('heartbeat', () => this.#announce())
    this.#every('check', () => this.#handle({ kind: 'check' }))
    this.#handle({ kind: 'started' })
  }

  /** Sends the next messages as one frame on both links. */
  send(): void {
    this.messages += this.#messagesAFrame
    this.#frames.push({ from: this.messages - this.#messagesAFrame + 1, to: this.messages })
    for (const connection of this.#links.keys()) this.#put(connection, this.#frame(this.#frames.length))
  }

  /** Lets the next frame of a link arrive. */
  arrive(connection: number): void {
    const link = this.#links[connection]!
    const frame = link.queue.shift()
    if (frame === undefined) return
    link.latest = frame
    this.#handle(arrives(connection, frame))
  }

  /** The frame that arrived last on a link arrives again. */
  repeat(connection: number): void {
    const { isUp, latest } = this.#links[connection]!
    if (isUp && latest !== undefined && isNumbered(latest)) this.#handle(arrives(connection, latest))
  }

  /** Loses the next numbered frame of a link. */
  lose(connection: number): void {
    const { queue } = this.#links[connection]!
    const index = queue.findIndex(isNumbered)
    if (index >= 0) queue.splice(index, 1)
  }

  /**
   * Damages the content of the next numbered frame of a link, so that the archive in it cannot be read. Each frame is
   * damaged once at most: a frame that is bad three times is given up.
   */
  damage(connection: number): void {
    const { queue } = this.#links[connection]!
    const index = queue.findIndex(isNumbered)
    const frame = queue[index]
    if (frame === undefined || this.#damaged.has(frame.sequence)) return
    this.#damaged.add(frame.sequence)
    queue[index] = { ...frame, zip: true, payload: Buffer.from('PK') }
  }

  /** Lets two numbered frames of a link change places. */
  swap(connection: number): void {
    const { queue } = this.#links[connection]!
    const [first, second] = queue
    if (first === undefined || second === undefined || !isNumbered(first) || !isNumbered(second)) return
    queue.splice(0, 2, second, first)
  }

  /** Hangs up a connection; frames on their way are lost. */
  reset(connection: number): void {
    const link = this.#links[connection]!
    if (!link.isUp) return
    Object.assign(link, { isUp: false, queue: [], latest: undefined })
    this.#handle(closed(connection))
  }

  /** Frames sent so far are never sent again. */
  forget(): void {
    this.#forgotten = this.#frames.length
  }

  /** The line starts a new session: it hangs up, and numbers frames from 1, the day's messages again first. */
  restart(): void {
    this.#session++
    this.#messagesAFrame = MESSAGES_A_FRAME_LATER
    this.#frames = []
    this.#forgotten = 0
    this.#damaged = new Set()
    for (let from = 1; from <= this.messages; from += this.#messagesAFrame) {
      this.#frames.push({ from, to: Math.min(this.messages, from + this.#messagesAFrame - 1) })
    }
    for (const connection of this.#links.keys()) this.reset(connection)
  }

  /** Lets time pass (ms), and everything happen that is due. */
  pass(milliseconds: number): void {
    const until = this.run.now + milliseconds
    for (;;) {
      const [due] = [...this.#appointments].sort(([, one], [, other]) => one.at - other.at)
      if (due === undefined || due[1].at > until) break
      this.run.now = Math.max(this.run.now, due[1].at)
      this.#appointments.delete(due[0])
      due[1].run()
    }
    this.run.now = until
  }

  /** Lets all frames arrive, and time pass, until nothing changes any more. */
  settle(): void {
    for (let second = 0; second < 60; second++) {
      for (const connection of this.#links.keys()) {
        while (this.#links[connection]!.queue.length > 0) this.arrive(connection)
      }
      this.pass(TIMING.heartbeat)
    }
  }

  #every(name: string, work: () => void): void {
    const again = (): void => {
      this.#after(name, TIMING.heartbeat, again)
      work()
    }
    this.#after(name, TIMING.heartbeat, again)
  }

  #after(name: string, milliseconds: number, run: () => void): void {
    this.#appointments.set(name, { at: this.run.now + milliseconds, run })
  }

  #put(connection: number, frame: Frame): void {
    const link = this.#links[connection]!
    if (link.isUp) link.queue.push(frame)
  }

  #announce(): void {
    for (const connection of this.#links.keys()) {
      this.#put(connection, frameOf('heartbeat', this.#frames.length))
    }
  }

  #frame(sequence: number): Frame {
    return frameOf('prices', sequence, encodeRange(this.#frames[sequence - 1]!))
  }

  #handle(event: LineEvent): void {
    this.#events.push(event)
    if (this.#isHandling) return
    this.#isHandling = true
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const effect of this.run.step(next)) this.#perform(effect)
    }
    this.#isHandling = false
  }

  #perform(effect: LineEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#after(`connect ${effect.connection}`, effect.milliseconds, () => this.#login(effect.connection))
        break
      case 'disconnect':
        this.#hangUp(effect.connection, effect.reason.kind)
        break
      case 'request-frames':
        this.#answer(effect.connection, effect.range)
        break
      case 'request-snapshot':
        this.#put(effect.connection, frameOf('prices', this.#frames.length, this.#allMessages(), true))
        this.#put(effect.connection, frameOf('snapshot-end', this.#frames.length))
        break
      case 'deliver':
        this.#handle(this.consumer.take(effect.content) ? readable : unreadable)
        break
      case 'report':
        this.consumer.take(effect.content)
        break
      case 'start-timer':
        this.#after(effect.timer, effect.milliseconds, () => {
          this.#handle({ kind: 'timer', timer: effect.timer })
        })
        break
      case 'stop-timer':
        this.#appointments.delete(effect.timer)
    }
  }

  #allMessages(): Buffer {
    return encodeRange({ from: 1, to: this.messages })
  }

  #login(connection: number): void {
    Object.assign(this.#links[connection]!, { isUp: true, queue: [], latest: undefined })
    this.#handle(opened(connection, this.#frames.length, this.#session))
  }

  #hangUp(connection: number, kind: string): void {
    const link = this.#links[connection]!
    if (!link.isUp) return
    Object.assign(link, { isUp: false, queue: [], latest: undefined })
    this.#handle(closed(connection, kind))
  }

  #answer(connection: number, { from, to }: Range): void {
    if (from <= this.#forgotten || to > this.#frames.length) {
      this.#put(connection, frameOf('resend-refused', this.#frames.length, encodeRange({ from, to })))
      return
    }
    for (let sequence = from; sequence <= to; sequence++) this.#put(connection, this.#frame(sequence))
  }
}

function isNumbered(frame: Frame): boolean {
  return isContent(frame.type) && !frame.snapshot
}
