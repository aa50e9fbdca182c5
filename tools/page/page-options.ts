/** The command line of `npm run page`. */
import { readArguments, UsageError } from '../tool-arguments.ts'

export const HELP = `Builds the board page as static files, with the configuration of a system.

Usage: npm run -s page -- --out FOLDER --stack NAME
       npm run -s page -- --out FOLDER --config FILE

Options:
  --out FOLDER    receives the files. It must be empty or absent
  --stack NAME    takes the configuration from the outputs of a stack on AWS, with the credentials and the region of the AWS SDK
                  (AWS_PROFILE, AWS_REGION, …). Users sign in at the Cognito user pool of the stack
  --config FILE   takes the configuration from a file: for an issuer of your own, or for a page of delayed boards only
  --help          this text

Exit code: 0; 2 for a bad command line, a bad configuration, and a stack that cannot be reached.

docs/deploy.md#board-page describes the configuration and the upload.
`

export interface PageOptions {
  readonly out: string
  readonly from: { readonly stack: string } | { readonly config: string }
}

/** Reads the command line. @throws UsageError */
export function parsePageOptions(args: readonly string[]): PageOptions | 'help' {
  const { values } = readArguments({
    args: [...args],
    options: {
      out: { type: 'string' },
      stack: { type: 'string' },
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return 'help'
  const { out, stack, config } = values
  if (out === undefined) throw new UsageError('--out is missing')
  if ((stack === undefined) === (config === undefined))
    throw new UsageError(`expected --stack or --config, got ${stack === undefined ? 'neither' : 'both'}`)
  return { out, from: stack === undefined ? { config: config! } : { stack } }
}
