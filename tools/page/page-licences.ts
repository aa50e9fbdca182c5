/** The licences of the packages whose code or fonts are part of the page. Their texts must be passed on with it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const LICENCE_FILE = /^licen[cs]e(\.md|\.txt)?$/i

/** Returns the licences of the packages of these files, one after the other. */
export async function licenceTexts(files: readonly string[]): Promise<string> {
  const folders = new Set(
    files.flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []),
  )
  const texts = await Promise.all([...folders].sort().map(licenceOf))
  return texts.join('\n')
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license: string
  }
  const file = (await readdir(folder)).find(entry => LICENCE_FILE.test(entry))
  const text = file === undefined ? `Licence: ${license}` : await readFile(join(folder, file), 'utf8')
  return `${name} ${version}\n\n${text.trim()}\n\n${'-'.repeat(72)}\n`
}
