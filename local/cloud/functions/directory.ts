/** The functions of the stack as callers find them: by name, by version or by alias. */
import * as v from 'valibot'
import type { Problems } from '../problems.ts'
import { ignoredMembers, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import type { FunctionTarget, LocalFunction } from './function.ts'
import { type FunctionAddress, functionArn, LATEST, readAddress } from './function-address.ts'

/** A function with the version or alias that a caller names. */
export interface CalledFunction extends FunctionTarget {
  readonly fn: LocalFunction
  /** Version or alias, `undefined` for a call without. */
  readonly qualifier: string | undefined
  /** The version that runs: `$LATEST` or a number. */
  readonly version: string
}

export interface FunctionDirectory {
  /** By name. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  /** Members of versions and aliases without effect here. */
  readonly ignored: readonly string[]
  /** Finds a function by name or ARN. `undefined` if the stack has no such function, version or alias. */
  find(nameOrArn: string): CalledFunction | undefined
  /** @throws TemplateError that begins with `where`, a logical id and possibly a property. */
  expect(nameOrArn: string, where: string): CalledFunction
}

const versionSchema = v.object({ FunctionName: v.string() })
const aliasSchema = v.object({ FunctionName: v.string(), FunctionVersion: v.string(), Name: v.string() })
/** Members of versions and aliases that have no effect here. */
const IGNORED = ['ProvisionedConcurrencyConfig', 'RoutingConfig', 'RuntimePolicy']

/**
 * Reads the versions and aliases of the stack. All of them run the same code, because an assembly has one bundle of a
 * function. So a function has at most one version.
 */
export function openDirectory(
  stack: Stack,
  functions: ReadonlyMap<string, LocalFunction>,
  problems: Problems,
): FunctionDirectory {
  /** Versions by the ARN of a version or an alias. */
  const versions = new Map<string, string>()
  const ignored: string[] = []
  const called = ({ name, qualifier }: FunctionAddress): CalledFunction | undefined => {
    const fn = functions.get(name)
    const arn = functionArn({ name, qualifier })
    const version = qualifier === undefined || qualifier === LATEST ? LATEST : versions.get(arn)
    if (fn === undefined || version === undefined) return undefined
    const definition = { ...fn.definition, arn }
    return { fn, qualifier, version, definition, invoke: payload => fn.invoke(payload, { arn, version }) }
  }
  const find = (nameOrArn: string): CalledFunction | undefined => called(readAddress(nameOrArn))
  const expect = (nameOrArn: string, where: string): CalledFunction => {
    const found = find(nameOrArn)
    if (found !== undefined) return found
    throw new TemplateError(where, `expected a function of this stack, got ${nameOrArn}`)
  }

  const readVersion = (resource: Resource): void => {
    const { logicalId } = resource
    const { FunctionName } = readProperties(resource, versionSchema)
    expect(readAddress(FunctionName).name, logicalId)
    const arn = stack.ref(logicalId)
    if (versions.has(arn)) throw new TemplateError(logicalId, `expected one version of ${FunctionName}`)
    versions.set(arn, stack.attribute(logicalId, 'Version'))
    ignored.push(...ignoredMembers(resource, IGNORED))
  }
  const readAlias = (resource: Resource): void => {
    const { FunctionName, FunctionVersion } = readProperties(resource, aliasSchema)
    const { name } = readAddress(FunctionName)
    const { version } = expect(`${name}:${FunctionVersion}`, resource.logicalId)
    versions.set(stack.ref(resource.logicalId), version)
    ignored.push(...ignoredMembers(resource, IGNORED))
  }
  for (const resource of stack.ofType('AWS::Lambda::Version')) problems.attempt(() => readVersion(resource))
  for (const resource of stack.ofType('AWS::Lambda::Alias')) problems.attempt(() => readAlias(resource))
  return { functions, ignored, find, expect }
}
