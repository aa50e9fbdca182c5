/** A cloud assembly (`cdk.out`): one stack's template and the folders of its assets. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as v from 'valibot'

/** The template with its intrinsic functions unresolved. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, ParameterDeclaration>> | undefined
  readonly Conditions?: Readonly<Record<string, unknown>> | undefined
  readonly Mappings?:
    | Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
    | undefined
  readonly Resources: Readonly<Record<string, ResourceDeclaration>>
  readonly Outputs?: Readonly<Record<string, OutputDeclaration>> | undefined
}

export interface ParameterDeclaration {
  readonly Type: string
  readonly Default?: unknown
  readonly AllowedValues?: readonly unknown[] | undefined
  readonly AllowedPattern?: string | undefined
}

export interface ResourceDeclaration {
  readonly Type: string
  readonly Condition?: string | undefined
  readonly Properties?: Readonly<Record<string, unknown>> | undefined
}

export interface OutputDeclaration {
  readonly Value: unknown
  readonly Condition?: string | undefined
}

/** A container image that CDK builds from a folder. */
export interface ImageAsset {
  readonly folder: string
  /** Path of the Dockerfile. */
  readonly dockerfile: string
}

export interface Assembly {
  readonly stackName: string
  readonly template: Template
  /** Returns the folder or file of the asset with this S3 object key. */
  fileAsset(objectKey: string): string | undefined
  /** Returns the image asset with this tag. */
  imageAsset(tag: string): ImageAsset | undefined
}

const recordOf = <const T extends v.GenericSchema>(value: T) => v.record(v.string(), value)

const manifestSchema = v.object({
  artifacts: recordOf(v.object({ type: v.string(), properties: v.optional(recordOf(v.unknown())) })),
})

const templateSchema = v.object({
  Parameters: v.optional(
    recordOf(
      v.object({
        Type: v.string(),
        Default: v.optional(v.unknown()),
        AllowedValues: v.optional(v.array(v.unknown())),
        AllowedPattern: v.optional(v.string()),
      }),
    ),
  ),
  Conditions: v.optional(recordOf(v.unknown())),
  Mappings: v.optional(recordOf(recordOf(recordOf(v.unknown())))),
  Resources: recordOf(
    v.object({
      Type: v.string(),
      Condition: v.optional(v.string()),
      Properties: v.optional(recordOf(v.unknown())),
    }),
  ),
  Outputs: v.optional(recordOf(v.object({ Value: v.unknown(), Condition: v.optional(v.string()) }))),
})

const assetsSchema = v.object({
  files: v.optional(
    recordOf(
      v.object({
        source: v.object({ path: v.optional(v.string()) }),
        destinations: recordOf(v.object({ objectKey: v.string() })),
      }),
    ),
  ),
  dockerImages: v.optional(
    recordOf(
      v.object({
        source: v.object({ directory: v.optional(v.string()), dockerFile: v.optional(v.string()) }),
        destinations: recordOf(v.object({ imageTag: v.string() })),
      }),
    ),
  ),
})

/**
 * Reads a stack of a cloud assembly.
 * @param wanted its name. Default: the only stack of the assembly.
 * @throws Error when a file or the stack is missing, or a file has another format.
 */
export function readAssembly(folder: string, wanted?: string): Assembly {
  const manifest = readJson(join(folder, 'manifest.json'), manifestSchema)
  const stacks = Object.entries(manifest.artifacts).filter(([, a]) => a.type === 'aws:cloudformation:stack')
  const [stack, ...others] = stacks.filter(([name]) => wanted === undefined || name === wanted)
  if (stack === undefined || others.length > 0) {
    const expected = wanted === undefined ? 'one stack' : `the stack ${wanted}`
    throw new Error(
      `${folder}: expected ${expected} in the cloud assembly, got ${stacks.length} (${stacks.map(([name]) => name).join(', ')})`,
    )
  }
  const [name, artifact] = stack
  const templateFile = String(artifact.properties?.templateFile ?? `${name}.template.json`)
  const template = readJson(join(folder, templateFile), templateSchema)

  const files = new Map<string, string>()
  const images = new Map<string, ImageAsset>()
  for (const { type, properties } of Object.values(manifest.artifacts)) {
    if (type !== 'cdk:asset-manifest') continue
    const assets = readJson(join(folder, String(properties?.file)), assetsSchema)
    for (const { source, destinations } of Object.values(assets.files ?? {})) {
      if (source.path === undefined) continue
      for (const { objectKey } of Object.values(destinations))
        files.set(objectKey, resolve(folder, source.path))
    }
    for (const { source, destinations } of Object.values(assets.dockerImages ?? {})) {
      if (source.directory === undefined) continue
      const directory = resolve(folder, source.directory)
      const image = { folder: directory, dockerfile: resolve(directory, source.dockerFile ?? 'Dockerfile') }
      for (const { imageTag } of Object.values(destinations)) images.set(imageTag, image)
    }
  }
  return {
    stackName: String(artifact.properties?.stackName ?? name),
    template,
    fileAsset: key => files.get(key),
    imageAsset: tag => images.get(tag),
  }
}

function readJson<const T extends v.GenericSchema>(path: string, schema: T): v.InferOutput<T> {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Error(`${path}: expected a JSON file of a cloud assembly ("cdk synth" writes one)`, {
      cause,
    })
  }
  const result = v.safeParse(schema, json)
  if (!result.success) {
    const [issue] = result.issues
    throw new Error(`${path}: ${v.getDotPath(issue) ?? 'root'}: ${issue.message}`)
  }
  return result.output
}
