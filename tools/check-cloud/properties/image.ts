/** The image of the ingest task, and the container that runs it. */
import { readFileSync } from 'node:fs'
import { pathOf } from '../../../cdk/paths.ts'
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import { instructionsOf } from '../dockerfile-instructions.ts'
import type { Resource } from '../stage-synthesis.ts'

/** A base image by the digest of its content. */
const PINNED = /^[a-z0-9./_-]+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/
/** Instructions of an image that only has files and a program: nothing runs or is fetched while it is built. */
const HARMLESS: ReadonlySet<string> = new Set(['FROM', 'WORKDIR', 'COPY', 'USER', 'ENV', 'CMD', 'ENTRYPOINT'])
const SECRET = /PASSWORD|SECRET|TOKEN|KEY/i

/** Returns what a security team would refuse in a Dockerfile. @param files the files of the build context. */
export function faultsOfImage(dockerfile: string, files: readonly string[]): string[] {
  const instructions = instructionsOf(dockerfile)
  const valuesOf = (name: string): string[] =>
    instructions.filter(each => each.name === name).map(({ value }) => value)
  const bases = valuesOf('FROM')
  const user = valuesOf('USER').at(-1) ?? 'root'
  const copied = valuesOf('COPY').flatMap(value => value.split(/\s+/).slice(0, -1))
  const starts = [...valuesOf('CMD'), ...valuesOf('ENTRYPOINT')]
  return [
    ...bases
      .filter(base => !PINNED.test(base))
      .map(base => `FROM ${base}: expected a digest, @sha256:… with 64 digits`),
    ...(bases.length === 1 ? [] : [`expected one FROM, got ${bases.length}`]),
    ...instructions
      .filter(({ name }) => !HARMLESS.has(name))
      .map(({ name, value }) => `${name} ${value}: expected only ${[...HARMLESS].join(', ')}`),
    ...(/^[1-9]\d*(:[1-9]\d*)?$/.test(user) ? [] : [`USER ${user}: expected a number above 0`]),
    ...copied
      .filter(file => !files.includes(file))
      .map(file => `COPY ${file}: expected one of ${files.join(', ')}`),
    ...valuesOf('ENV')
      .filter(value => SECRET.test(value))
      .map(value => `ENV ${value.split('=')[0]}: expected no secret in the image`),
    ...(starts.length === 1 && starts[0]!.startsWith('[')
      ? []
      : [`expected one CMD or ENTRYPOINT in the exec form, got ${starts.join(' and ') || 'none'}`]),
  ]
}

interface Container {
  readonly Name: string
  readonly User?: string
  readonly Memory?: number
  readonly Privileged?: boolean
  readonly ReadonlyRootFilesystem?: boolean
  readonly LinuxParameters?: { readonly Capabilities?: { readonly Add?: string[]; readonly Drop?: string[] } }
}

const containersOf = (resources: Readonly<Record<string, Resource>>): [string, Container][] =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(([id, { Properties }]) =>
      (Properties.ContainerDefinitions as readonly Container[]).map((each): [string, Container] => [
        id,
        each,
      ]),
    )

/** Returns what a container may do that the ingest task needs not. */
export function faultsOfContainers(resources: Readonly<Record<string, Resource>>): string[] {
  return containersOf(resources).flatMap(([id, container]) => {
    const { User, Memory, Privileged, ReadonlyRootFilesystem, LinuxParameters } = container
    const { Add = [], Drop = [] } = LinuxParameters?.Capabilities ?? {}
    const rules: readonly [boolean, string][] = [
      [/^[1-9]\d*(:[1-9]\d*)?$/.test(User ?? ''), `a user by a number above 0, got ${User ?? 'none'}`],
      [Memory !== undefined, 'a limit of memory'],
      [Privileged !== true, 'no privileged container'],
      [ReadonlyRootFilesystem === true, 'a root file system that is read-only'],
      [Drop.includes('ALL') && Add.length === 0, 'no capability of the kernel'],
    ]
    return rules
      .filter(([holds]) => !holds)
      .map(([, wanted]) => `${id}: ${container.Name}: expected ${wanted}`)
  })
}

export const IMAGE: readonly CloudProperty[] = [
  inEachStage(
    'image',
    'the image has a base pinned by its digest, runs nothing while it is built, and has no root user and no secret',
    ({ imageFiles }) => faultsOfImage(readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8'), imageFiles),
  ),
  inEachStage(
    'image',
    'every container has a user who is not root, a read-only root, no capability of the kernel and a limit of memory',
    ({ resources }) => faultsOfContainers(resources),
  ),
]
