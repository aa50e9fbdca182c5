/** Builds the files of the board page. The local system serves them from memory, and `npm run page` writes them to a folder. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build, type Metafile, stop } from 'esbuild'
import { FONT_PACKAGE, readFont, readFonts } from './page-fonts.ts'
import { licenceTexts } from './page-licences.ts'

const PAGE = join(import.meta.dirname, '../../client/page')
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  woff2: 'font/woff2',
} as const

/** Folder of the files whose names change with their content: caches may keep them for ever. */
export const ASSETS = 'assets'

export interface PageFile {
  /** Path below the root of the page, without a slash at the start. */
  readonly path: string
  readonly type: string
  read(): Promise<Uint8Array>
}

/**
 * Builds all files of the page except `config.json`, which a deployment adds.
 * @returns the files: `index.html`, `favicon.svg`, `licences.txt`, and the folder {@link ASSETS}.
 */
export async function buildPage(): Promise<readonly PageFile[]> {
  const [script, styles, fonts, html, icon] = await Promise.all([
    bundle('page-main.ts', 'page'),
    bundle('page.css', 'page'),
    readFonts(version => `fonts-${version}`),
    readFile(join(PAGE, 'index.html'), 'utf8'),
    readFile(join(PAGE, 'favicon.svg')),
  ])
  // esbuild runs in a child process, which would stay alive.
  await stop()
  const fontStyles = fileOf(`${ASSETS}/fonts-${digestOf(fonts.styles)}.css`, fonts.styles)
  const [fontFolder = ''] = /fonts-[\d.]+(?=\/)/.exec(fonts.styles) ?? []
  const licences = await licenceTexts([...Object.keys(script.inputs), `${FONT_PACKAGE}/`])
  return [
    fileOf(
      'index.html',
      withPaths(html, { 'page.js': script.entry, 'page.css': styles.entry, 'fonts.css': fontStyles.path }),
    ),
    fileOf('favicon.svg', icon),
    fileOf('licences.txt', licences),
    ...script.files,
    ...styles.files,
    fontStyles,
    ...fonts.names.map(name => ({
      path: `${ASSETS}/${fontFolder}/${name}`,
      type: TYPES.woff2,
      read: () => readFont(name),
    })),
  ]
}

interface Bundle {
  /** Path of the file of the entry point. */
  readonly entry: string
  readonly files: readonly PageFile[]
  /** Source files. */
  readonly inputs: Metafile['inputs']
}

async function bundle(source: string, name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: { [name]: join(PAGE, source) },
    bundle: true,
    write: false,
    metafile: true,
    outdir: ASSETS,
    format: 'esm',
    target: 'es2024',
    minify: true,
    // The chart is a file of its own, which the page loads with the first chart.
    splitting: true,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
  })
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(source))
  if (entry === undefined) throw new Error(`expected a file of ${source} from esbuild, got none`)
  return {
    entry: `${ASSETS}/${basename(entry[0])}`,
    files: outputFiles.map(({ path, contents }) => fileOf(`${ASSETS}/${basename(path)}`, contents)),
    inputs: metafile.inputs,
  }
}

function fileOf(path: string, content: string | Uint8Array): PageFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const kind = path.slice(path.lastIndexOf('.') + 1) as keyof typeof TYPES
  return { path, type: TYPES[kind], read: async () => bytes }
}

/** Replaces the names of the sources in the page by the paths of the built files. */
function withPaths(html: string, paths: Readonly<Record<string, string>>): string {
  return Object.entries(paths).reduce((text, [name, path]) => {
    if (!text.includes(`"/${name}"`)) throw new Error(`expected "/${name}" in index.html`)
    return text.replace(`"/${name}"`, `"/${path}"`)
  }, html)
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase()
}
