/** Messages between the cloud and the thread of a function. */

/** Given to the thread when it starts. */
export interface ThreadData {
  /** Folder of the function's code. */
  readonly folder: string
  /** `index.handler`: file and export. */
  readonly handler: string
  readonly functionName: string
  readonly memoryMegabytes: number
  /** Whether stacks name the lines of the sources instead of the bundle. */
  readonly sourceMaps: boolean
}

export interface InvokeMessage {
  /** Number of the execution environment. A new number makes a new environment. */
  readonly environment: number
  readonly requestId: string
  /** ARN by which the caller names the function. */
  readonly functionArn: string
  /** Version that runs: `$LATEST` or a number. */
  readonly version: string
  /** The event, JSON. */
  readonly payload: string
  /** Epoch ms at which the invocation is ended. */
  readonly deadline: number
}

/** Loads an environment before its first event. */
export interface LoadMessage {
  readonly environment: number
}

export interface ResultMessage {
  readonly environment: number
  /** Whether the handler returned. */
  readonly ok: boolean
  /** Result of the handler, or the error as Lambda reports it, JSON. */
  readonly payload: string
}
