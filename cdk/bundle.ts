/** Bundles the functions and the ingest task with esbuild. */
import { copyFileSync } from 'node:fs'
import { type BuildOptions, buildSync } from 'esbuild'
import { pathOf } from './paths.ts'

const OPTIONS = {
  absWorkingDir: pathOf('.'),
  // Dependencies are bundled, the AWS SDK among them: the tested version is the version that runs.
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  // CommonJS modules inside the ESM bundle call `require` for modules of Node.
  banner: {
    js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
  },
} satisfies BuildOptions

/**
 * Bundles functions in one run of esbuild, which reads shared modules once.
 * @param names folders under functions/.
 * @param outdir absolute path.
 * @returns the folder of each bundle. The handler is `index.handler`.
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
 * Writes the build context of the ingest task's image: the Dockerfile and the program. Docker is needed to deploy, not to
 * bundle.
 * @param outdir absolute path.
 * @returns `outdir`.
 */
export function bundleIngestTask(outdir: string): string {
  buildSync({
    ...OPTIONS,
    entryPoints: { main: 'ingest-task/ingest-main.ts' },
    outdir,
  })
  copyFileSync(pathOf('ingest-task/Dockerfile'), `${outdir}/Dockerfile`)
  return outdir
}
