/** Checks resources by the database from which AWS makes the CDK: properties, their types and values, and attributes. */
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec'
import type {
  PropertyType,
  ResourceProperties,
  SpecDatabase,
  Resource as SpecResource,
} from '@aws-cdk/service-spec-types'
import type { Resource } from './stage-synthesis.ts'

type Resources = Readonly<Record<string, Resource>>

let database: Promise<SpecDatabase> | undefined

/** Returns what of the resources the database does not allow, one text each. */
export async function specFindings(resources: Resources): Promise<string[]> {
  database ??= loadAwsServiceSpec()
  return findingsBy(await database, resources)
}

function findingsBy(database: SpecDatabase, resources: Resources): string[] {
  const specs = new Map<string, SpecResource | undefined>()
  const specOf = (type: string): SpecResource | undefined => {
    if (!specs.has(type))
      specs.set(type, database.lookup('resource', 'cloudFormationType', 'equals', type)[0])
    return specs.get(type)
  }
  return Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => {
    // Its properties are names of versions, which no service reads.
    if (Type === 'AWS::CDK::Metadata') return []
    const spec = specOf(Type)
    if (spec === undefined) return [`${id}: no resource type ${Type}`]
    const attributes = [...attributesIn(Properties)].flatMap(([target, attribute]) =>
      missingAttribute(target, attribute, resources, specOf),
    )
    return [...checkProperties(database, spec.properties, Properties, Type), ...attributes].map(
      text => `${id}: ${text}`,
    )
  })
}

function missingAttribute(
  target: string,
  attribute: string,
  resources: Resources,
  specOf: (type: string) => SpecResource | undefined,
): string[] {
  const type = resources[target]?.Type
  if (type === undefined) return [`no resource ${target}, which has an attribute ${attribute}`]
  return specOf(type)?.attributes[attribute] === undefined ? [`${type} has no attribute ${attribute}`] : []
}

/** Yields the targets of `Fn::GetAtt` inside a value. */
function* attributesIn(value: unknown): Generator<[target: string, attribute: string]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'Fn::GetAtt') yield* attributesIn(inner)
    else {
      const [target, ...attribute] = Array.isArray(inner) ? inner : String(inner).split('.')
      yield [String(target), attribute.join('.')]
    }
  }
}

function checkProperties(
  database: SpecDatabase,
  properties: ResourceProperties,
  value: object,
  where: string,
): string[] {
  const given = Object.entries(value)
  const missing = Object.entries(properties).flatMap(([name, { required = false }]) =>
    required && !(name in value) ? [`${where}.${name}: required, got none`] : [],
  )
  const wrong = given.flatMap(([name, inner]) => {
    const property = properties[name]
    return property === undefined
      ? [`${where}.${name}: no such property`]
      : checkValue(database, property.type, inner, `${where}.${name}`)
  })
  return [...missing, ...wrong]
}

/** Returns what a value lacks to be of a type. The result of an intrinsic function is not known. */
function checkValue(database: SpecDatabase, type: PropertyType, value: unknown, where: string): string[] {
  const [intrinsic, argument] = intrinsicOf(value)
  if (intrinsic === 'Fn::If')
    return (argument as unknown[]).slice(1).flatMap(branch => checkValue(database, type, branch, where))
  if (intrinsic !== undefined) return []
  const expected = (what: string): string[] => [`${where}: expected ${what}, got ${JSON.stringify(value)}`]
  switch (type.type) {
    case 'union': {
      const findings = type.types.map(each => checkValue(database, each, value, where))
      return findings.find(list => list.length === 0) ?? findings[0] ?? []
    }
    case 'ref': {
      if (!isObject(value)) return expected('an object')
      return checkProperties(
        database,
        database.get('typeDefinition', type.reference.$ref).properties,
        value,
        where,
      )
    }
    case 'array':
      if (!Array.isArray(value)) return expected('a list')
      return value.flatMap((each, index) => checkValue(database, type.element, each, `${where}[${index}]`))
    case 'map':
      if (!isObject(value)) return expected('a map')
      return Object.entries(value).flatMap(([key, each]) =>
        checkValue(database, type.element, each, `${where}.${key}`),
      )
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value ? [] : expected('a tag')
    case 'string':
    case 'date-time': {
      const allowed = type.type === 'string' ? type.allowedValues : undefined
      if (!isScalar(value)) return expected('a text')
      return allowed === undefined || allowed.includes(String(value)) ? [] : expected(`one of ${allowed}`)
    }
    case 'number':
    case 'integer': {
      const number = isScalar(value) ? Number(value) : Number.NaN
      const isRight = type.type === 'integer' ? Number.isInteger(number) : Number.isFinite(number)
      return isRight ? [] : expected(`a${type.type === 'integer' ? 'n integer' : ' number'}`)
    }
    case 'boolean':
      return ['true', 'false'].includes(String(value)) ? [] : expected('true or false')
    case 'json':
    case 'null':
      return []
  }
}

/** Returns the function and the argument of an intrinsic function. */
function intrinsicOf(value: unknown): [name?: string, argument?: unknown] {
  if (!isObject(value)) return []
  const [[name, argument] = [], ...others] = Object.entries(value)
  const isIntrinsic = others.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))
  return isIntrinsic ? [name, argument] : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** CloudFormation takes a number or a boolean for a text, and a text for a number. */
function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}
