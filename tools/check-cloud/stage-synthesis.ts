/** Synthesizes the stack of a stage with all checks of cdk-nag and CloudFormation. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { addStacks } from '../../cdk/stage-stacks.ts'
import type { StageConfig, StageName } from '../../cdk/stages/stage-config.ts'
import { STAGES } from '../../cdk/stages/stages.ts'
import { type Reason, type Reasons, readReasons } from './reasons.ts'

/** A resource of a template. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
  readonly UpdatePolicy?: { readonly CodeDeployLambdaAliasUpdate?: { readonly DeploymentGroupName: unknown } }
}

/** A rule of cdk-nag or CloudFormation that a template breaks without a reason. */
export interface Violation {
  /** Name of the rule set. */
  readonly pack: string
  readonly rule: string
  /** What the rule asks for. */
  readonly asks: string
  /** Paths of the constructs. */
  readonly constructs: readonly string[]
}

export interface StageSynthesis {
  readonly stage: StageConfig
  readonly template: Template
  readonly resources: Readonly<Record<string, Resource>>
  /** Names of the stacks that CloudFormation deletes when somebody asks for it. */
  readonly deletableStacks: readonly string[]
  /** Resources of the firewall stack. Empty if the stage has none. */
  readonly firewall: Readonly<Record<string, Resource>>
  readonly violations: readonly Violation[]
  /** Reasons for breaking rules, and those of them that a finding needs. */
  readonly reasons: readonly Reason[]
  readonly usedReasons: readonly Reason[]
  /** Names of the rule sets that have checked the stack. */
  readonly packs: readonly string[]
  /** The files in the build context of the ingest task's image. */
  readonly imageFiles: readonly string[]
  /** Values that only a look-up in an account gives. Empty: the synthesis needs no network. */
  readonly lookups: readonly string[]
  /** CPU time of the synthesis with all checks, s. A busy machine changes it little. */
  readonly cpuSeconds: number
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string
    readonly violations: readonly {
      readonly ruleName: string
      readonly description: string
      readonly violatingConstructs: readonly { readonly constructPath?: string }[]
    }[]
    /** What has a reason. Its construct is at `acknowledgedAt`. */
    readonly suppressedViolations?: readonly {
      readonly acknowledgedId: string
      readonly acknowledgedAt: string
    }[]
  }[]
}

/** Rules for AWS in general, of the US government, and of payment cards. A security team checks a stack by some of them. */
const NAG_PACKS = [AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks]

const syntheses = new Map<StageName, StageSynthesis>()

/** Returns the stack of a stage, synthesized once in a process: it takes seconds. */
export function synthesizeStage(name: StageName): StageSynthesis {
  const known = syntheses.get(name) ?? synthesizeOnce(STAGES[name])
  syntheses.set(name, known)
  return known
}

/** Synthesizes into a temporary folder that is deleted afterwards. */
export function synthesizeOnce(stage: StageConfig): StageSynthesis {
  const started = process.cpuUsage()
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-cdk-'))
  try {
    const app = new App({ outdir, context: CONTEXT, analyticsReporting: false })
    const { main, firewall } = addStacks(app, stage)
    const { missing = [] } = app.synth().manifest
    const template = templateOf(outdir, main)
    const reasons = readReasons({ stack: main, ...(firewall === undefined ? {} : { firewall }) })
    const validation = readValidation(join(outdir, 'validation-report.json'), reasons)
    const nag = NAG_PACKS.map(Pack => checkByPack(app, new Pack(app), reasons))
    const checks = [...validation, ...nag]
    return {
      stage,
      template,
      resources: template.toJSON().Resources ?? {},
      deletableStacks: [main, ...(firewall === undefined ? [] : [firewall])]
        .filter(({ terminationProtection }) => terminationProtection !== true)
        .map(({ stackName }) => stackName),
      firewall: firewall === undefined ? {} : (templateOf(outdir, firewall).toJSON().Resources ?? {}),
      violations: checks.flatMap(({ violations }) => violations),
      reasons: reasons.all,
      usedReasons: reasons.used(),
      packs: checks.map(({ pack }) => pack),
      imageFiles: readdirSync(join(outdir, 'bundles', 'ingest-task')),
      lookups: missing.map(({ key }) => key),
      cpuSeconds: cpuSecondsSince(started),
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

function cpuSecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1_000_000
}

function templateOf(outdir: string, { stackName }: Stack): Template {
  return Template.fromJSON(readJson(join(outdir, `${stackName}.template.json`)))
}

/** What a rule set has found. */
interface Check {
  readonly pack: string
  readonly violations: readonly Violation[]
}

/**
 * Checks a stack or an app by a pack. cdk-nag does not report the reasons that it has used. So the method by which it looks for them is replaced. If a version of cdk-nag
 * has another method, all reasons are unused, and the property of reasons fails.
 */
export function checkByPack(scope: IConstruct, pack: NagPack, reasons: Reasons): Check {
  const name = pack.readPackName
  Object.defineProperty(pack, 'isAcknowledged', { value: reasons.excuse })
  const violations = pack
    .validateScope(scope)
    .violations.map(({ ruleName, description, violatingResources }) => ({
      pack: name,
      rule: ruleName,
      asks: description,
      constructs: violatingResources.map(({ constructPath }) => constructPath ?? ''),
    }))
  return { pack: name, violations }
}

/** Reads what the validation of CloudFormation has found, which runs in every synthesis. */
function readValidation(file: string, reasons: Reasons): Check[] {
  const { pluginReports } = readJson(file) as Report
  for (const { suppressedViolations = [] } of pluginReports)
    for (const { acknowledgedAt, acknowledgedId } of suppressedViolations)
      reasons.note(acknowledgedAt, acknowledgedId)
  return pluginReports.map(({ pluginName, violations }) => ({
    pack: pluginName,
    violations: violations.map(({ ruleName, description, violatingConstructs }) => ({
      pack: pluginName,
      rule: ruleName,
      asks: description,
      constructs: violatingConstructs.map(({ constructPath }) => constructPath ?? ''),
    })),
  }))
}

function readJson(file: string): object {
  return JSON.parse(readFileSync(file, 'utf8')) as object
}
