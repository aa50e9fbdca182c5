/** Synthesizes the stack of a stage with all checks of cdk-nag and CloudFormation. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { Itastream } from '../../cdk/itastream-stack.ts'
import type { StageConfig, StageName } from '../../cdk/stages/stage-config.ts'
import { STAGES } from '../../cdk/stages/stages.ts'

/** A resource of a template. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
}

/** A rule of cdk-nag or CloudFormation that a template breaks. */
export interface Violation {
  /** Name of the rule set. */
  readonly pack: string
  readonly rule: string
  /** Paths of the constructs. */
  readonly constructs: readonly string[]
}

export interface StageSynthesis {
  readonly stage: StageConfig
  readonly template: Template
  readonly resources: Readonly<Record<string, Resource>>
  readonly violations: readonly Violation[]
  /** The files in the build context of the ingest task's image. */
  readonly imageFiles: readonly string[]
  /** Time of the synthesis with all checks, s. */
  readonly seconds: number
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName?: string
    readonly violations: readonly {
      readonly ruleName: string
      readonly violatingConstructs: readonly { readonly constructPath?: string }[]
    }[]
  }[]
}

const syntheses = new Map<StageName, StageSynthesis>()

/** Returns the stack of a stage, synthesized once in a process: it takes seconds. */
export function synthesizeStage(name: StageName): StageSynthesis {
  const known = syntheses.get(name) ?? synthesizeOnce(STAGES[name])
  syntheses.set(name, known)
  return known
}

/** Synthesizes into a temporary folder that is deleted afterwards. */
function synthesizeOnce(stage: StageConfig): StageSynthesis {
  const started = performance.now()
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-cdk-'))
  try {
    const app = new App({ outdir, context: CONTEXT, analyticsReporting: false })
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    const stack = new Itastream(app, stage)
    let failure: unknown
    try {
      app.synth()
    } catch (error) {
      failure = error
    }
    const violations = readViolations(join(outdir, 'validation-report.json'))
    if (failure !== undefined && violations.length === 0) throw failure
    const template = failure === undefined ? Template.fromStack(stack) : Template.fromJSON({})
    return {
      stage,
      template,
      resources: template.toJSON().Resources ?? {},
      violations,
      imageFiles: readdirSync(join(outdir, 'bundles', 'ingest-task')),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

function readViolations(file: string): Violation[] {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  return report.pluginReports.flatMap(({ pluginName = '', violations }) =>
    violations.map(({ ruleName, violatingConstructs }) => ({
      pack: pluginName,
      rule: ruleName,
      constructs: violatingConstructs.map(({ constructPath }) => constructPath ?? ''),
    })),
  )
}
