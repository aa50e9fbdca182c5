import { type ParseArgsConfig, parseArgs } from 'node:util'

/** A tool cannot do what it was asked to; the message is all that a person needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads a command line as `parseArgs` does.
 * @throws UsageError for what is not in `config`.
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
