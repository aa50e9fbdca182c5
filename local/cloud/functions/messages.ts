/** What the thread of an environment and the cloud say to each other. */

/** Given to the thread when it starts. */
export interface EnvironmentData {
  /** Folder of the function's code. */
  readonly folder: string
  /** `index.handler`: file and export. */
  readonly handler: string
  readonly functionName: string
  readonly functionArn: string
  readonly memoryMegabytes: number
}

export interface InvokeMessage {
  readonly requestId: string
  /** The event, JSON. */
  readonly payload: string
  /** Epoch ms at which the invocation is ended. */
  readonly deadline: number
}

export interface ResultMessage {
  /** Whether the handler returned. */
  readonly ok: boolean
  /** What it returned, or the error as Lambda reports it, JSON. */
  readonly payload: string
}
