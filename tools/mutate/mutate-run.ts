/** A run over a sample of mutations: prints a line for each and the survivors, and counts them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { figure, formatTable } from '../table.ts'
import { UsageError } from '../tool-arguments.ts'
import { startCompiler } from './compiler.ts'
import { createJudge, type Verdict } from './judge.ts'
import { diffOf, type Mutation } from './mutation.ts'
import { mutationsOf } from './mutators.ts'
import { nearbyTests } from './nearby-tests.ts'
import { copyTree } from './overlay.ts'
import { sampleOf } from './sample.ts'

/** Folders of the product. The rest serves its development. */
const PRODUCT =
  /^(?:market|contract|ingest-task|lambda|tables|rest|prices|posts|archive|functions|cdk|client)\//
/** Tests of whole processes take minutes. */
const isTest = (file: string): boolean => file.endsWith('.test.ts') && !file.startsWith('test/system/')

export interface MutateOptions {
  readonly root: string
  /** Paths of tsconfig.json files from the root. */
  readonly projects: readonly string[]
  readonly seed: number
  readonly count: number
  /** Files, folders or lines (`market/clock.ts:33`); all mutations of a line are taken. Empty: the whole product. */
  readonly places: readonly string[]
  readonly stop: AbortSignal
  readonly print: (text: string) => void
}

export interface MutateFigures {
  readonly mutations: number
  /** Noticed by the compiler or a test. */
  readonly noticed: number
  /** Those of `noticed` that the compiler reports, before any test. */
  readonly byTypes: number
  /** `noticed` of `mutations`, in percent. */
  readonly percent: number
}

interface Judged {
  readonly mutation: Mutation
  readonly verdict: Verdict
}

function isIn(place: string, { file, line }: Mutation): boolean {
  return place === `${file}:${line}` || place === file || file.startsWith(`${place.replace(/\/$/, '')}/`)
}

function chosen(all: readonly Mutation[], { places, seed, count }: MutateOptions): Mutation[] {
  const nowhere = places.find(place => !all.some(mutation => isIn(place, mutation)))
  if (nowhere !== undefined)
    throw new UsageError(`expected a place in the product with code to mutate, got "${nowhere}"`)
  const inPlaces = all.filter(mutation => places.length === 0 || places.some(place => isIn(place, mutation)))
  const isOfLines = places.length > 0 && places.every(place => /:\d+$/.test(place))
  return isOfLines ? inPlaces : sampleOf(inPlaces, seed, count)
}

function verdictText(verdict: Verdict): string {
  if (verdict.by === 'types') return `types     ${verdict.error.slice(0, 60)}`
  if (verdict.by === 'test')
    return `noticed   ${verdict.test}${verdict.isTimeout ? ', which does not end' : ''}`
  const { passed, nearby } = verdict
  return `SURVIVED  ${nearby === 0 ? 'no test reaches it' : `${figure(passed)} of ${figure(nearby)} nearby tests pass`}`
}

function figuresOf(judged: readonly Judged[]): MutateFigures {
  const noticed = judged.filter(({ verdict }) => verdict.by !== 'nobody').length
  const byTypes = judged.filter(({ verdict }) => verdict.by === 'types').length
  const percent = judged.length === 0 ? 0 : Math.round((1000 * noticed) / judged.length) / 10
  return { mutations: judged.length, noticed, byTypes, percent }
}

function tableOf(judged: readonly Judged[]): string {
  const byFolder = Map.groupBy(judged, ({ mutation }) => mutation.file.split('/')[0]!)
  const row = (name: string, group: readonly Judged[]): string[] => {
    const { mutations, noticed, byTypes, percent } = figuresOf(group)
    return [name, figure(mutations), figure(noticed), figure(byTypes), `${figure(percent, 1)} %`]
  }
  const folders = [...byFolder].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return formatTable([
    ['', 'mutations', 'noticed', 'by types', 'noticed'],
    ...folders.map(([name, group]) => row(name, group)),
    row('all', judged),
  ])
}

/** Judges a sample of mutations in a copy of the tree. `stop` ends the run early, with the figures so far. */
export async function mutate(options: MutateOptions): Promise<MutateFigures> {
  const { projects, stop, print } = options
  using overlay = copyTree(options.root)
  using compiler = startCompiler(overlay.root, projects)
  const files = overlay.files()
  const all = files
    .filter(file => PRODUCT.test(file))
    .flatMap(file => mutationsOf(file, compiler.parse(file)))
  const sample = chosen(all, options)
  print(`${figure(sample.length)} of ${figure(all.length)} mutations, seed ${options.seed}\n`)
  const nearby = nearbyTests(overlay.root, files, isTest)
  const { judge, broken } = createJudge({ overlay, compiler, nearby, stop })
  const judged: Judged[] = []
  for (const mutation of sample) {
    if (stop.aborted) break
    const start = performance.now()
    const verdict = await judge(mutation)
    if (verdict === undefined) break
    judged.push({ mutation, verdict })
    const place = `${mutation.file}:${mutation.line} ${mutation.kind}`
    const seconds = figure((performance.now() - start) / 1000, 1)
    print(`${judged.length}/${sample.length} ${place.padEnd(60)} ${verdictText(verdict)} (${seconds} s)\n`)
    if (verdict.by === 'nobody') {
      print(diffOf(readFileSync(join(overlay.root, mutation.file), 'utf8'), mutation))
    }
  }
  for (const test of broken) print(`${test} fails without a mutation\n`)
  print(tableOf(judged))
  return figuresOf(judged)
}
