/** The command line of a tool. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The command line of a tool cannot be used. The message is shown to the user without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads a command line as `parseArgs` does.
 * @throws UsageError for an argument that `config` does not declare.
 */
export function readArguments<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
