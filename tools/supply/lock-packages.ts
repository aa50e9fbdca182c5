/** The packages that `npm ci` installs, as package-lock.json lists them. */

export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** SPDX expression. `undefined`: the package states none. */
  readonly licence: string | undefined
  /** Whether the package is a dependency of what runs or deploys: a function, the task, the page, the stack. */
  readonly ships: boolean
  /** The hash with which npm checks the package. */
  readonly integrity: string | undefined
}

interface Entry {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  /** A workspace of the project. */
  readonly link?: boolean
  /** A package inside the packed file of another package, whose hash covers it. */
  readonly inBundle?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

type Entries = Readonly<Record<string, Entry>>

/** Returns the packages of a lock file, each version once, sorted by name. Workspaces are not among them. */
export function lockedPackages(text: string): LockedPackage[] {
  const { packages } = JSON.parse(text) as { packages: Entries }
  const shipped = dependenciesOf('', packages)
  const found = new Map<string, LockedPackage>()
  for (const [path, { version = '', license, integrity, link, inBundle }] of Object.entries(packages)) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
    if (name === undefined || link || inBundle) continue
    const key = `${name}@${version}`
    const ships = shipped.has(path) || found.get(key)?.ships === true
    found.set(key, { name, version, licence: license, ships, integrity })
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, locked]) => locked)
}

/** Returns the paths of all packages on which the package at a path depends. */
function dependenciesOf(start: string, packages: Entries): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { dependencies, optionalDependencies } = packages[path] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = resolve(path, name, packages)
      if (found === undefined || reached.has(found)) continue
      reached.add(found)
      open.push(found)
    }
  }
  return reached
}

/** Returns where Node finds a package from the package at `path`: in its own folder `node_modules`, or in one above. */
function resolve(path: string, name: string, packages: Entries): string | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (candidate in packages) return candidate
    if (folder === '') return undefined
  }
}
