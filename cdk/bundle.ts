import { copyFileSync, rmSync } from 'node:fs'
import { type BuildOptions, buildSync } from 'esbuild'
import { pathOf } from './paths.ts'

const FUNCTIONS = '.build/functions'
const INGEST = '.build/ingest-task'

const OPTIONS = {
  absWorkingDir: pathOf('.'),
  // Dependencies go in too, the AWS SDK with them: the version tested is the version that runs.
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  // CommonJS modules inside an ESM bundle still call `require` for Node's own modules.
  banner: {
    js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
  },
  logLevel: 'error',
} satisfies BuildOptions

/**
 * Bundles functions, all in one run, which reads what they share once.
 * @param names folders under functions/
 * @returns the folder of each bundle, whose handler is `index.handler`.
 */
export function bundleFunctions<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  rmSync(pathOf(FUNCTIONS), { recursive: true, force: true })
  buildSync({
    ...OPTIONS,
    entryPoints: Object.fromEntries(names.map(name => [`${name}/index`, `functions/${name}/handler.ts`])),
    outdir: FUNCTIONS,
  })
  return Object.fromEntries(names.map(name => [name, pathOf(`${FUNCTIONS}/${name}`)])) as Record<Name, string>
}

/**
 * Bundles the ingest task and lays the build context of its image out: the Dockerfile and the program in one file.
 * @returns the folder; Docker is needed when it is deployed, not before.
 */
export function bundleIngestTask(): string {
  rmSync(pathOf(INGEST), { recursive: true, force: true })
  buildSync({ ...OPTIONS, entryPoints: { main: 'ingest-task/main.ts' }, outdir: INGEST })
  copyFileSync(pathOf('ingest-task/Dockerfile'), pathOf(`${INGEST}/Dockerfile`))
  return pathOf(INGEST)
}
