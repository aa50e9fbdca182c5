import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'

const DOCUMENTS = ['.', 'docs'].flatMap(folder =>
  readdirSync(pathOf(folder))
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name)),
)

/** Returns the anchors of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  const text = readFileSync(pathOf(document), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\p{Mark}\- _]/gu, '')
      .replaceAll(' ', '-'),
  )
}

for (const document of DOCUMENTS) {
  test(`every link in ${document} leads to a file and a heading of the project`, () => {
    const text = readFileSync(pathOf(document), 'utf8')
    for (const [link, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path, anchor] = target!.split('#')
      const file = path === '' ? document : join(dirname(document), path!)
      assert.ok(existsSync(pathOf(file)), `${link}: ${file} does not exist`)
      if (anchor === undefined) continue
      assert.ok(anchorsOf(file).includes(anchor), `${link}: ${file} has no heading #${anchor}`)
    }
  })
}
