/** Bundles functions of this release, and of an invented next release with other versions of envelope and pack. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { pathOf } from '../../cdk/paths.ts'

const STAND_INS: Readonly<Record<string, string>> = {
  'market/codec/envelope.ts': 'test/next-release/next-envelope.ts',
  'market/codec/pack.ts': 'test/next-release/next-pack.ts',
}

/** Replaces the formats by those of the next release. The stand-ins themselves import the current ones. */
const nextFormats: Plugin = {
  name: 'next-formats',
  setup({ onResolve }) {
    onResolve({ filter: /\/(envelope|pack)\.ts$/ }, ({ path, resolveDir, importer }) => {
      const standIn = Object.entries(STAND_INS).find(
        ([current]) => join(resolveDir, path) === pathOf(current),
      )
      if (standIn === undefined || importer === pathOf(standIn[1])) return undefined
      return { path: pathOf(standIn[1]) }
    })
  },
}

export type Release = 'current' | 'next'

/** Environments of functions. Each start loads the code again, so it has no memory of earlier environments. */
export interface Bundles extends AsyncDisposable {
  start<Module>(release: Release, functionName: string): Promise<Module>
}

export async function openBundles(functionNames: readonly string[]): Promise<Bundles> {
  // Inside the checkout, so that a bundle finds the packages, which are not bundled.
  await mkdir(pathOf('.build'), { recursive: true })
  const folder = await mkdtemp(pathOf('.build/next-release-'))
  for (const release of ['current', 'next'] satisfies Release[]) {
    await build({
      absWorkingDir: pathOf('.'),
      entryPoints: Object.fromEntries(
        functionNames.map(name => [name, `functions/${name}/${name}-handler.ts`]),
      ),
      outdir: join(folder, release),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
      plugins: release === 'next' ? [nextFormats] : [],
    })
  }
  let starts = 0
  return {
    async start(release, functionName) {
      const { href } = pathToFileURL(join(folder, release, `${functionName}.mjs`))
      return await import(`${href}?start=${++starts}`)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
