/** kinesis-local, which is kinesis-mock (https://github.com/etspaceman/kinesis-mock) for Node.js. It speaks HTTP/1.1 alone. */
import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathOf } from '../../cdk/paths.ts'
import { UsageError } from '../../tools/tool-arguments.ts'
import type { Exclusion, OtherService } from './other-service.ts'

const PORT = 18_001
const TLS_PORT = 18_002
/** Shards of all accounts together. A test has an account of its own, and its streams stay. */
const SHARDS = 100_000

/** A test that imports one of these files opens its stream at the other implementation. */
const OPENERS = /\/(stream-endpoint|ingest-stream|task-stage|line-faults|recover-stage)\.ts'/

/** Tests of the functions, of the task and of the stand-in. Replays and drills count how long they run. */
const TESTS = 'test/{functions,ingest-task,local/cloud}/**/*.test.ts'

/** They start the stand-in at any rate, because a stream has to be full or old at their start. */
const STAND_IN = "'@itastream/local-cloud/kinesis-endpoint'"

const EXCLUDED: readonly Exclusion[] = [
  {
    test: 'four shards divide the hash keys evenly',
    reason: 'each shard but the last ends one key too early',
  },
  {
    test: 'a split divides the hash keys of a shard, and a merge unites them',
    reason: 'each shard but the last ends one key too early',
  },
  {
    test: 'the sequence numbers of a shard end after its records and before its children',
    reason: 'the last sequence number of every closed shard is 2^63 - 1',
  },
  {
    test: 'a request above a limit fails with the error of AWS',
    reason: 'it accepts 501 records and 11 MiB in a request, and a record above 1 MiB fails alone',
  },
  {
    test: 'an iterator and a sequence number that Kinesis has not given out are invalid',
    reason: 'an unknown iterator has an error without a name',
  },
  {
    test: 'a task that starts within three minutes resumes, and a later task starts from a snapshot',
    reason: 'its clock cannot be moved',
  },
]

export const KINESIS_LOCAL: OtherService = {
  title: 'kinesis-local',
  needs: 'Node.js alone',
  port: PORT,
  variable: 'ITASTREAM_OTHER_KINESIS',
  tests: () =>
    globSync(TESTS, { cwd: pathOf('.') })
      .filter(file => opensStream(readFileSync(pathOf(file), 'utf8')))
      .sort(),
  excluded: EXCLUDED,
  start(packages) {
    const folder = join(packages, 'node_modules/kinesis-local')
    if (!existsSync(folder)) throw new UsageError(`--packages: expected kinesis-local in ${packages}`)
    return spawn(process.execPath, ['main.js'], {
      // It reads its certificate from the working directory.
      cwd: folder,
      env: {
        ...process.env,
        KINESIS_MOCK_PLAIN_PORT: String(PORT),
        KINESIS_MOCK_TLS_PORT: String(TLS_PORT),
        SHARD_LIMIT: String(SHARDS),
        LOG_LEVEL: 'ERROR',
        AWS_REGION: 'ap-northeast-1',
      },
      stdio: 'ignore',
    })
  },
}

function opensStream(text: string): boolean {
  return OPENERS.test(text) && !text.includes(STAND_IN)
}
