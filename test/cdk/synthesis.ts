/** Synthesizes the stack for tests. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { Itastream } from '../../cdk/itastream-stack.ts'
import type { StageName } from '../../cdk/stages/stage-config.ts'
import { STAGES } from '../../cdk/stages/stages.ts'

/** A resource of a template. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
}

export interface Synthesis {
  readonly template: Template
  readonly resources: Readonly<Record<string, Resource>>
  /** Rules of cdk-nag and CloudFormation that the template breaks, with the constructs. */
  readonly findings: readonly string[]
  /** The files in the build context of the ingest task's image. */
  readonly imageFiles: readonly string[]
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string
      readonly violatingConstructs: readonly { readonly constructPath?: string }[]
    }[]
  }[]
}

const syntheses = new Map<StageName, Synthesis>()

/** Returns the stack of a stage, synthesized once in a process: it takes seconds. */
export function synthesize(stage: StageName = 'prod'): Synthesis {
  const known = syntheses.get(stage) ?? synthesizeOnce(stage)
  syntheses.set(stage, known)
  return known
}

/** Synthesizes the stack with all checks, into a temporary folder that is deleted afterwards. */
function synthesizeOnce(stage: StageName): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-cdk-'))
  try {
    const app = new App({ outdir, context: CONTEXT, analyticsReporting: false })
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    const stack = new Itastream(app, STAGES[stage])
    let failure: unknown
    try {
      app.synth()
    } catch (error) {
      failure = error
    }
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as Report
    const findings = report.pluginReports.flatMap(({ violations }) =>
      violations.map(
        ({ ruleName, violatingConstructs }) =>
          `${ruleName}: ${violatingConstructs.map(({ constructPath }) => constructPath).join(', ')}`,
      ),
    )
    if (failure !== undefined && findings.length === 0) throw failure
    const template = failure === undefined ? Template.fromStack(stack) : Template.fromJSON({})
    const imageFiles = readdirSync(join(outdir, 'bundles', 'ingest-task'))
    return { template, resources: template.toJSON().Resources ?? {}, findings, imageFiles }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}
