/** `npm run preflight`: says before a deployment what it would lack. */
import { readFileSync } from 'node:fs'
import { STSClient } from '@aws-sdk/client-sts'
import { pathOf } from '../../cdk/paths.ts'
import { STAGE_NAMES, type StageName } from '../../cdk/stages/stage-config.ts'
import { STAGES } from '../../cdk/stages/stages.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { readBaseImage } from './base-image-check.ts'
import { declaredParameters } from './parameter-checks.ts'
import { resultLines, summaryOf } from './preflight-output.ts'
import { runPreflight } from './run-preflight.ts'

const HELP = `Says before a deployment what it would lack. It only reads, with the credentials and the region of cdk deploy.

Usage: npm run -s preflight -- [options]

Options:
  --stage NAME             ${STAGE_NAMES.join(', ')}. Default: prod
  --parameters NAME=VALUE  as for cdk deploy, once for each parameter that the deployment gives
  --account ID             the account that the deployment is for
  --repository URL         where the base image is compared: https://HOST/v2/library/node
  --json                   one JSON object instead of text
  --help                   this text

Each line says: ok; missing, with what to do; or unknown, if it could not be read from here.
Exit code: 0; 1 if something is missing; 2 for a bad command line.
`

function readStageName(text: string): StageName {
  const name = STAGE_NAMES.find(stage => stage === text)
  if (name !== undefined) return name
  throw new UsageError(`--stage: expected ${STAGE_NAMES.join(', ')}, got "${text}"`)
}

function readParameters(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map(text => {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? []
    if (name !== undefined && value !== undefined) return [name, value] as const
    throw new UsageError(`--parameters: expected NAME=VALUE, got "${text}"`)
  })
  return Object.fromEntries(pairs)
}

async function main(): Promise<void> {
  const { values } = readArguments({
    options: {
      stage: { type: 'string', default: 'prod' },
      parameters: { type: 'string', multiple: true, default: [] },
      account: { type: 'string' },
      repository: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)
  const stage = STAGES[readStageName(values.stage)]
  const given = readParameters(values.parameters)
  const region = await new STSClient({}).config.region().catch(() => {
    throw new UsageError('expected a region: set AWS_REGION, or region in the profile')
  })
  const results = await runPreflight({
    stage,
    region,
    account: values.account,
    declared: declaredParameters(stage),
    given,
    repository: values.repository,
    baseImage: readBaseImage(readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8')),
  })
  const summary = summaryOf(results)
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ stage: stage.name, region, ...summary, results })}\n`
      : resultLines(results),
  )
  if (summary.missing > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`preflight: ${error.message}. See npm run -s preflight -- --help.`)
  process.exitCode = 2
}
