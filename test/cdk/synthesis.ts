import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { Itastream } from '../../cdk/itastream-stack.ts'

/** What CloudFormation and this project call a resource. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly Condition?: string
}

export interface Synthesis {
  readonly template: Template
  readonly resources: Readonly<Record<string, Resource>>
  /** Rules that cdk-nag or CloudFormation's own checks found broken, with where. */
  readonly findings: readonly string[]
  /** What the image of the ingest task is built from. */
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

/** Synthesizes the stack as the app does, with every check on, into a folder that is gone afterwards. */
export function synthesize(): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-cdk-'))
  try {
    const app = new App({ outdir, context: CONTEXT, analyticsReporting: false })
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    const stack = new Itastream(app, 'Itastream')
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
