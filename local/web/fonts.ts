/** Serves the page's Japanese font from node_modules. It consists of small files; a browser loads only those it needs. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const WEIGHTS = [400, 700]
/** Scripts that neither issue names nor the page use. */
const UNUSED = /-(cyrillic|vietnamese)-/
const FILE_NAME = /^noto-sans-jp-[\w-]+\.woff2$/

const folder = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-jp/package.json'))

/** Returns the style sheet that maps characters to font files. */
export async function fontStyles(): Promise<string> {
  const sheets = await Promise.all(WEIGHTS.map(weight => readFile(join(folder, `${weight}.css`), 'utf8')))
  const faces = sheets.join('\n').match(/@font-face \{[^}]*\}/g) ?? []
  return faces
    .filter(face => !UNUSED.test(face))
    .map(face =>
      face
        .replace(/src: url\(\.\/files\/([^)]*\.woff2)\).*;/, "src: url(/fonts/$1) format('woff2');")
        .replace(/\n\s*/g, ''),
    )
    .join('\n')
}

/** Returns the font file of this name, or `undefined` if there is none. */
export async function fontFile(name: string): Promise<Uint8Array | undefined> {
  if (!FILE_NAME.test(name)) return undefined
  return readFile(join(folder, 'files', name)).catch(() => undefined)
}
