/** The system that a command is about: options --stack and --system. */
import { UsageError } from '../tool-arguments.ts'

/** Where the system runs. Without a name it is the newest system on this machine. */
export type Where = { readonly stack: string } | { readonly system: string } | 'newest'

/** Reads --stack and --system. @throws UsageError if both are there. */
export function readWhere({ stack, system }: { stack?: string; system?: string }): Where {
  if (stack !== undefined && system !== undefined) {
    throw new UsageError('expected --stack or --system, got both')
  }
  if (stack !== undefined) return { stack }
  return system === undefined ? 'newest' : { system }
}
