/** Finds the tests of a file: those whose imports reach it, nearest first. */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Imports and exports of types alone: they are gone at run time. */
const TYPE_IMPORT = /^(?:import|export) type [^']*'[^']+'/gm

/** A text that may name a file: a module name, or a path given to a process, worker or bundler. */
const PATH = /'([^'\n]+\.ts)'/g

interface Names {
  readonly paths: ReadonlySet<string>
  /** Paths by their last part. */
  readonly byName: ReadonlyMap<string, readonly string[]>
}

/** Returns the files that a file names: relative to itself, from the root, or by a name that only one file has. */
function filesNamedIn(root: string, file: string, { paths, byName }: Names): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(TYPE_IMPORT, '')
  return [...text.matchAll(PATH)].flatMap(([, path]) => {
    const namesakes = byName.get(path!) ?? []
    const unique = namesakes.length === 1 ? namesakes : []
    return [posix.join(posix.dirname(file), path!), posix.normalize(path!), ...unique].filter(each =>
      paths.has(each),
    )
  })
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
  const names = { paths: new Set(files), byName: Map.groupBy(files, file => posix.basename(file)) }
  const importers = new Map<string, string[]>(files.map(file => [file, []]))
  for (const file of files) {
    for (const named of new Set(filesNamedIn(root, file, names))) importers.get(named)!.push(file)
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
