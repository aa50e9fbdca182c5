/** The stack: a template with values for its parameters, decided conditions and resolved intrinsic functions. */
import type { Assembly, ResourceDeclaration } from './assembly.ts'
import { type Addresses, attributeOf, type IdentityInput, identityOf } from './identity.ts'
import { type Context, resolveValue } from './intrinsics.ts'
import { TemplateError } from './template-error.ts'

export interface Resource {
  readonly logicalId: string
  readonly type: string
  /** Resolved on first use, so that a resource that does not run need not be resolvable. */
  readonly properties: Readonly<Record<string, unknown>>
}

export interface Stack {
  readonly name: string
  /** The resources whose condition holds. */
  readonly resources: readonly Resource[]
  ofType(type: string): readonly Resource[]
  /** Returns the value of `Ref`. */
  ref(logicalId: string): string
  attribute(logicalId: string, attribute: string): string
  outputs(): Record<string, string>
}

export interface StackOptions {
  readonly assembly: Assembly
  /** Values of parameters. The others have their defaults. */
  readonly parameters: Readonly<Record<string, string>>
  readonly addresses: Addresses
}

/** @throws AggregateError naming every parameter that is missing, unknown or not allowed. */
export function openStack({ assembly, parameters, addresses }: StackOptions): Stack {
  const { template, stackName } = assembly
  const values = parameterValues(assembly, parameters)
  const decided = new Map<string, boolean>()

  const context: Context = {
    stackName,
    mappings: template.Mappings ?? {},
    reference(logicalId, where) {
      const parameter = values.get(logicalId)
      return parameter ?? identityOf(identityInput(logicalId, where)).ref
    },
    attribute: (logicalId, attribute, where) => attributeOf(identityInput(logicalId, where), attribute),
    condition(name, where) {
      const earlier = decided.get(name)
      if (earlier !== undefined) return earlier
      const declared = template.Conditions?.[name]
      if (declared === undefined)
        throw new TemplateError(where, `expected a condition of this template, got "${name}"`)
      const value = resolveValue(declared, context, `condition ${name}`) === true
      decided.set(name, value)
      return value
    },
  }

  function identityInput(logicalId: string, where: string): IdentityInput {
    const declared = template.Resources[logicalId]
    if (declared === undefined || !exists(declared, logicalId)) {
      throw new TemplateError(where, `expected a parameter or a resource of this stack, got "${logicalId}"`)
    }
    return {
      stackName,
      logicalId,
      type: declared.Type,
      addresses,
      property(name) {
        const value = declared.Properties?.[name]
        return value === undefined ? undefined : String(resolveValue(value, context, logicalId))
      },
    }
  }

  const exists = (declared: ResourceDeclaration, logicalId: string): boolean =>
    declared.Condition === undefined || context.condition(declared.Condition, logicalId)

  const resources = Object.entries(template.Resources)
    .filter(([logicalId, declared]) => exists(declared, logicalId))
    .map(([logicalId, { Type, Properties }]): Resource => {
      let properties: Readonly<Record<string, unknown>> | undefined
      return {
        logicalId,
        type: Type,
        get properties() {
          properties ??= resolveValue(Properties ?? {}, context, logicalId) as Record<string, unknown>
          return properties
        },
      }
    })

  return {
    name: stackName,
    resources,
    ofType: type => resources.filter(resource => resource.type === type),
    ref: logicalId => context.reference(logicalId, logicalId),
    attribute: (logicalId, attribute) => context.attribute(logicalId, attribute, logicalId),
    outputs() {
      const outputs: Record<string, string> = {}
      for (const [name, { Value, Condition }] of Object.entries(template.Outputs ?? {})) {
        if (Condition !== undefined && !context.condition(Condition, name)) continue
        outputs[name] = String(resolveValue(Value, context, `output ${name}`))
      }
      return outputs
    },
  }
}

function parameterValues(assembly: Assembly, given: Readonly<Record<string, string>>): Map<string, string> {
  const declared = assembly.template.Parameters ?? {}
  const problems: Error[] = []
  const values = new Map<string, string>()
  for (const name of Object.keys(given)) {
    if (declared[name] === undefined)
      problems.push(new TemplateError(name, 'expected a parameter of this template'))
  }
  for (const [name, { Default, AllowedValues, AllowedPattern }] of Object.entries(declared)) {
    const value = given[name] ?? (Default === undefined ? undefined : String(Default))
    if (value === undefined) {
      problems.push(new TemplateError(name, 'expected a value for this parameter, which has no default'))
      continue
    }
    if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value)) {
      problems.push(new TemplateError(name, `expected one of ${AllowedValues.join(', ')}, got "${value}"`))
    }
    if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) {
      problems.push(new TemplateError(name, `expected a value like ${AllowedPattern}, got "${value}"`))
    }
    values.set(name, value)
  }
  if (problems.length > 0) {
    throw new AggregateError(
      problems,
      `parameters of ${assembly.stackName}: ${problems.map(p => p.message).join('; ')}`,
    )
  }
  return values
}
