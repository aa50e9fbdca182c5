/** `npm run check:cloud`: proves properties of the stack without an AWS account, a line each. */
import { STAGE_NAMES } from '../../cdk/stages/stage-config.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { ALL_PROPERTIES } from './all-properties.ts'
import { checkProperties, figuresOf, type Outcome } from './check-properties.ts'
import type { StageSyntheses } from './cloud-property.ts'
import { synthesizeStage } from './stage-synthesis.ts'

const HELP = `Proves properties of the stack without an AWS account: synthesizes the stages ${STAGE_NAMES.join(', ')}, and checks their templates.

Usage: npm run -s check:cloud [-- --json]

Options:
  --json    the last line is one JSON object with the figures
  --help    this text

Exit code: 0; 1 if a property does not hold; 2 for a bad command line.
`

function show({ property, findings }: Outcome): string {
  const lines = findings.map(finding => `         ${finding}\n`)
  return `${findings.length === 0 ? 'pass' : 'FAIL'}  ${property.area.padEnd(10)}${property.holds}\n${lines.join('')}`
}

try {
  const { values } = readArguments({
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) process.stdout.write(HELP)
  else {
    const stages = Object.fromEntries(
      STAGE_NAMES.map(name => [name, synthesizeStage(name)]),
    ) as StageSyntheses
    const outcomes = await checkProperties(ALL_PROPERTIES, stages)
    for (const outcome of outcomes) process.stdout.write(show(outcome))
    const times = Object.values(stages).map(
      ({ stage, cpuSeconds }) => `${stage.name} ${cpuSeconds.toFixed(1)} s`,
    )
    process.stdout.write(`\nCPU time of a synthesis: ${times.join(', ')}\n`)
    const figures = figuresOf(outcomes, stages)
    process.stdout.write(`${figures.properties} properties, ${figures.failed} failed\n`)
    if (values.json) process.stdout.write(`${JSON.stringify({ name: 'cloud', figures })}\n`)
    if (figures.failed > 0) process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`check:cloud: ${error.message}. See npm run -s check:cloud -- --help.`)
  process.exitCode = 2
}
