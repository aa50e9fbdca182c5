/**
 * Builds the package @itastream/client: one module and one declaration file, which import nothing. market/ is part of
 * both, and names that the package does not export stay out of reach.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')
const CLIENT = join(ROOT, 'client')
const DIST = join(CLIENT, 'dist')
const DECLARATIONS = join(ROOT, '.build/client-declarations')
const ENTRY = 'itastream'
/** The model of the API, which the build writes for the reference. */
export const API_MODEL = join(ROOT, '.build/client-api/client.api.json')

/** Names of which only the values matter to an app. The declarations have them, but an app cannot import them. */
const INTERNAL_NAMES: ReadonlySet<string> = new Set(['Loose', 'PHASES', 'QUOTE_SIGNS'])

/** Syntax that browsers of 2022, Node 22 and the Hermes of React Native 0.84 read. */
const TARGET = 'es2022'

/** @throws Error if the code does not compile, or a type of the API is not exported. */
export async function buildClient(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true })
  rmSync(DECLARATIONS, { recursive: true, force: true })
  await build({
    entryPoints: [join(CLIENT, `${ENTRY}.ts`)],
    outfile: join(DIST, `${ENTRY}.js`),
    bundle: true,
    format: 'esm',
    // No field of package.json and no module of Node is known: an import of either fails.
    platform: 'neutral',
    target: TARGET,
    logLevel: 'warning',
  })
  writeDeclarations()
  rollUpDeclarations()
  copyFileSync(join(ROOT, 'LICENSE'), join(CLIENT, 'LICENSE'))
}

function writeDeclarations(): void {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const { status, stdout } = spawnSync(tsc, ['-p', join(CLIENT, 'tsconfig.package.json')], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`expected declarations of the client, tsc reported:\n${stdout}`)
}

/** Joins the declarations to one file. Every warning is an error. */
function rollUpDeclarations(): void {
  const entry = join(DECLARATIONS, `client/${ENTRY}.d.ts`)
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(CLIENT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: { target: TARGET, lib: ['ES2024', 'DOM'], types: [], strict: true },
          files: [entry],
        },
      },
      dtsRollup: { enabled: true, untrimmedFilePath: join(DIST, `${ENTRY}.d.ts`) },
      docModel: { enabled: true, apiJsonFilePath: API_MODEL },
      apiReport: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          // The whole API is public: there are no marks such as `@beta`.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
  })
  const problems: string[] = []
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true
      if (message.logLevel === ExtractorLogLevel.Error && !isAboutInternal(message))
        problems.push(message.text)
    },
  })
  if (problems.length > 0) {
    throw new Error(`expected an API whose types are all exported, got:\n${problems.join('\n')}`)
  }
}

function isAboutInternal({ messageId, text }: ExtractorMessage): boolean {
  const name = /"(?<name>\w+)"/.exec(text)?.groups?.name ?? ''
  return messageId === 'ae-forgotten-export' && INTERNAL_NAMES.has(name)
}
