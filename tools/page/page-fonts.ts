/** The page's Japanese font, from node_modules. It consists of small files; a browser loads only those it needs. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const WEIGHTS = [400, 700]
/** Scripts that neither issue names nor the page use. */
const UNUSED = /-(cyrillic|vietnamese)-/

const manifest = createRequire(import.meta.url).resolve('@fontsource/noto-sans-jp/package.json')
/** Folder of the font's package. */
export const FONT_PACKAGE = dirname(manifest)

export interface PageFonts {
  /** The style sheet that maps characters to font files. */
  readonly styles: string
  /** Names of the font files in the package's folder `files`. */
  readonly names: readonly string[]
}

/**
 * Reads the style sheet of the font.
 * @param folder where the page has the font files, relative to the style sheet. It must change with the version of the font.
 */
export async function readFonts(folder: (version: string) => string): Promise<PageFonts> {
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  const sheets = await Promise.all(
    WEIGHTS.map(weight => readFile(join(FONT_PACKAGE, `${weight}.css`), 'utf8')),
  )
  const names = new Set<string>()
  const faces = (sheets.join('\n').match(/@font-face \{[^}]*\}/g) ?? [])
    .filter(face => !UNUSED.test(face))
    .map(face =>
      face
        .replace(/src: url\(\.\/files\/([^)]*\.woff2)\).*;/, (_, name: string) => {
          names.add(name)
          return `src: url(${folder(version)}/${name}) format('woff2');`
        })
        .replace(/\n\s*/g, ''),
    )
  return { styles: faces.join('\n'), names: [...names] }
}

/** Reads a font file of {@link PageFonts.names}. */
export function readFont(name: string): Promise<Uint8Array> {
  return readFile(join(FONT_PACKAGE, 'files', name))
}
