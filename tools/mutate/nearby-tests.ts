/** Finds the tests of a file: those whose imports reach it, nearest first. */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Imports and exports of types alone: they are gone at run time. */
const TYPE_IMPORT = /^(?:import|export) type [^']*'[^']+'/gm

/** A text that may name a file: a module name, or a path given to a process, worker or bundler. */
const PATH = /'([^'\n]+\.ts)'/g

function filesNamedIn(root: string, file: string, all: ReadonlySet<string>): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(TYPE_IMPORT, '')
  const named = [...text.matchAll(PATH)].flatMap(([, path]) => [
    posix.join(posix.dirname(file), path!),
    posix.normalize(path!),
  ])
  return named.filter(path => all.has(path))
}

/** Returns how many folders, and the name, a test shares with the file that it mirrors. */
function likeness(test: string, file: string): number {
  const ofTest = test
    .replace(/^test\//, '')
    .replace(/\.test\.ts$/, '.ts')
    .split('/')
  const ofFile = file.split('/')
  const common = ofFile.findIndex((part, at) => part !== ofTest[at])
  return (common === -1 ? ofFile.length : common) + (ofTest.at(-1) === ofFile.at(-1) ? 1 : 0)
}

/** Returns the tests of a file. */
export type NearbyTests = (file: string) => string[]

/**
 * Reads the imports of a tree. A test that names a file in a text, to start or to bundle it, reaches it as well.
 * @param files all TypeScript files, as paths from the root.
 * @param isTest whether a file is a test that may be run.
 */
export function nearbyTests(
  root: string,
  files: readonly string[],
  isTest: (file: string) => boolean,
): NearbyTests {
  const all = new Set(files)
  const importers = new Map<string, string[]>(files.map(file => [file, []]))
  for (const file of files) {
    for (const named of new Set(filesNamedIn(root, file, all))) importers.get(named)!.push(file)
  }
  return start => {
    const distances = new Map([[start, 0]])
    for (const [file, distance] of distances) {
      for (const importer of importers.get(file) ?? []) {
        if (!distances.has(importer)) distances.set(importer, distance + 1)
      }
    }
    return [...distances.keys()]
      .filter(isTest)
      .toSorted((a, b) => distances.get(a)! - distances.get(b)! || likeness(b, start) - likeness(a, start))
  }
}
