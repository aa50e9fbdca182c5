/** The faults of the drill of clients. A share of the clients is faulty; the others must not notice. */

export interface ClientFault {
  readonly name: string
  readonly about: string
  /** Share of the clients that are faulty themselves: some at least, unless it is 0. */
  readonly share: number
}

export const FAULTS = [
  { name: 'reconnect', about: 'most clients lose their connection at once', share: 0.9 },
  { name: 'vanish', about: 'sockets are destroyed without a close frame, and do not come back', share: 0.1 },
  { name: 'stall', about: 'clients do not read their sockets', share: 0.05 },
  { name: 'rubbish', about: 'clients send rubbish and messages above every limit', share: 0.01 },
  { name: 'flood', about: 'clients subscribe and unsubscribe without a pause', share: 0.01 },
  { name: 'throttle', about: 'the tables throttle a third of the requests', share: 0 },
  { name: 'crash', about: 'the environments of broadcast die each second', share: 0 },
] as const satisfies readonly ClientFault[]

export type FaultName = (typeof FAULTS)[number]['name']
