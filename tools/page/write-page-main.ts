/** `npm run page`: writes the board page of a deployed system to a folder. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PageConfig } from '../../client/page/page-config.ts'
import { stackOutputs } from '../stack-outputs.ts'
import { UsageError } from '../tool-arguments.ts'
import { ASSETS, buildPage } from './build-page.ts'
import { configOfStack, readPageConfig } from './deployed-config.ts'
import { pageHeaders } from './page-headers.ts'
import { HELP, type PageOptions, parsePageOptions } from './page-options.ts'

interface Deployed {
  readonly config: PageConfig
  /** The bucket of the stack for the page. Undefined: a web server of the broker serves the page. */
  readonly bucket?: string | undefined
}

async function deployed({ from }: PageOptions): Promise<Deployed> {
  if ('config' in from) return { config: readPageConfig(from.config) }
  let outputs: Readonly<Record<string, string>>
  try {
    outputs = await stackOutputs(from.stack)
  } catch (error) {
    throw new UsageError(`stack ${from.stack}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
  return { config: configOfStack(outputs), bucket: outputs.PageBucket }
}

/** Writes the files. @returns their number and size in bytes. */
async function write(out: string, config: PageConfig): Promise<{ count: number; bytes: number }> {
  const present = await readdir(out).catch(() => [])
  if (present.length > 0) throw new UsageError(`--out: expected an empty folder, got ${out}`)
  const files = [
    ...(await buildPage()),
    { path: 'config.json', read: async () => Buffer.from(JSON.stringify(config)) },
  ]
  let bytes = 0
  for (const { path, read } of files) {
    const content = await read()
    bytes += content.length
    await mkdir(dirname(join(out, path)), { recursive: true })
    await writeFile(join(out, path), content)
  }
  return { count: files.length, bytes }
}

/** What to do with the files: first those that the new page needs, then the page. */
function nextStep(out: string, { config, bucket }: Deployed): string {
  if (bucket !== undefined)
    return `Next:
  aws s3 sync ${join(out, ASSETS)} s3://${bucket}/${ASSETS} --cache-control 'public, max-age=31536000, immutable'
  aws s3 sync ${out} s3://${bucket} --exclude '${ASSETS}/*' --cache-control no-cache
`
  const headers = Object.entries(pageHeaders(config)).map(([name, value]) => `  ${name}: ${value}\n`)
  return `Next: serve the folder. Caches may keep ${ASSETS}/ for ever, and must ask again for the other files. Send with every file:
${headers.join('')}`
}

async function run(options: PageOptions | 'help'): Promise<void> {
  if (options === 'help') return void process.stdout.write(HELP)
  const found = await deployed(options)
  const { count, bytes } = await write(options.out, found.config)
  process.stdout.write(
    `${options.out}: ${count} files, ${(bytes / 1_000_000).toFixed(1)} MB\n${nextStep(options.out, found)}`,
  )
}

try {
  await run(parsePageOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`page: ${error.message}. See npm run -s page -- --help.`)
  process.exitCode = 2
}
