import { copyFileSync } from 'node:fs'
import { type BuildOptions, buildSync } from 'esbuild'
import { pathOf } from './paths.ts'

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
 * @param outdir absolute path
 * @returns the folder of each bundle, whose handler is `index.handler`.
 */
export function bundleFunctions<Name extends string>(
  names: readonly Name[],
  outdir: string,
): Readonly<Record<Name, string>> {
  buildSync({
    ...OPTIONS,
    entryPoints: Object.fromEntries(
      names.map(name => [`${name}/index`, `functions/${name}/${name}-handler.ts`]),
    ),
    outdir,
  })
  return Object.fromEntries(names.map(name => [name, `${outdir}/${name}`])) as Record<Name, string>
}

/**
 * Bundles the ingest task and lays the build context of its image out: the Dockerfile, the program in one file, and
 * the health check in another, which has to start fast. Docker is needed when it is deployed, not before.
 * @param outdir absolute path
 * @returns `outdir`
 */
export function bundleIngestTask(outdir: string): string {
  buildSync({
    ...OPTIONS,
    entryPoints: { main: 'ingest-task/ingest-main.ts', health: 'ingest-task/health-check.ts' },
    outdir,
  })
  copyFileSync(pathOf('ingest-task/Dockerfile'), `${outdir}/Dockerfile`)
  return outdir
}
