/** The intrinsic functions of CloudFormation. */

import { ACCOUNT, arn, REGION } from './place.ts'
import { TemplateError } from './template-error.ts'

export interface Context {
  readonly stackName: string
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
  /** Returns `Ref` of a parameter or a resource. `where` is the logical id that contains the reference. */
  reference(logicalId: string, where: string): string
  attribute(logicalId: string, attribute: string, where: string): string
  condition(name: string, where: string): boolean
}

/** `AWS::NoValue`: a member with this value is left out. */
const NO_VALUE = Symbol('AWS::NoValue')

type Resolve = (argument: unknown, context: Context, where: string) => unknown

const FUNCTIONS: Readonly<Record<string, Resolve>> = {
  Ref: (name, context, where) =>
    pseudoParameter(String(name), context) ?? context.reference(String(name), where),
  'Fn::GetAtt'(argument, context, where) {
    const [logicalId, ...attribute] =
      typeof argument === 'string' ? argument.split('.') : (argument as string[])
    return context.attribute(String(logicalId), attribute.join('.'), where)
  },
  'Fn::Sub'(argument, context, where) {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}]
    const given = resolveValue(variables ?? {}, context, where) as Record<string, unknown>
    return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      const [logicalId, ...attribute] = name.split('.')
      if (name in given) return String(given[name])
      if (attribute.length > 0) return context.attribute(logicalId!, attribute.join('.'), where)
      return String(pseudoParameter(name, context) ?? context.reference(name, where))
    })
  },
  'Fn::Join'(argument, context, where) {
    const [separator, parts] = pair(argument, 'Fn::Join', where)
    return list(resolveValue(parts, context, where), 'Fn::Join', where)
      .map(String)
      .join(String(separator))
  },
  'Fn::Split'(argument, context, where) {
    const [separator, text] = pair(argument, 'Fn::Split', where)
    return String(resolveValue(text, context, where)).split(String(separator))
  },
  'Fn::Select'(argument, context, where) {
    const [index, from] = pair(argument, 'Fn::Select', where)
    const values = list(resolveValue(from, context, where), 'Fn::Select', where)
    const value = values[Number(resolveValue(index, context, where))]
    if (value === undefined)
      throw new TemplateError(where, `Fn::Select: expected an index below ${values.length}, got ${index}`)
    return value
  },
  'Fn::If'(argument, context, where) {
    const [name, yes, no] = list(argument, 'Fn::If', where)
    return resolveIn(context.condition(String(name), where) ? yes : no, context, where)
  },
  'Fn::Equals'(argument, context, where) {
    const [a, b] = pair(argument, 'Fn::Equals', where)
    return String(resolveValue(a, context, where)) === String(resolveValue(b, context, where))
  },
  'Fn::Not'(argument, context, where) {
    const [value] = list(argument, 'Fn::Not', where)
    return resolveValue(value, context, where) !== true
  },
  'Fn::And': (argument, context, where) =>
    list(argument, 'Fn::And', where).every(value => resolveValue(value, context, where) === true),
  'Fn::Or': (argument, context, where) =>
    list(argument, 'Fn::Or', where).some(value => resolveValue(value, context, where) === true),
  Condition: (name, context, where) => context.condition(String(name), where),
  'Fn::FindInMap'(argument, context, where) {
    const [map, top, second] = list(argument, 'Fn::FindInMap', where).map(key =>
      String(resolveValue(key, context, where)),
    )
    const value = context.mappings[map!]?.[top!]?.[second!]
    if (value === undefined)
      throw new TemplateError(where, `Fn::FindInMap: expected a value at ${map}.${top}.${second}, got none`)
    return value
  },
  'Fn::Base64': (argument, context, where) =>
    Buffer.from(String(resolveValue(argument, context, where))).toString('base64'),
  'Fn::GetAZs': () => ['a', 'c', 'd'].map(zone => REGION + zone),
  'Fn::ImportValue'(_, __, where) {
    throw new TemplateError(where, 'Fn::ImportValue: expected a stack without imports')
  },
}

/** Returns a value with all its intrinsic functions resolved. `where` is the logical id that contains the value. */
export function resolveValue(value: unknown, context: Context, where: string): unknown {
  const resolved = resolveIn(value, context, where)
  return resolved === NO_VALUE ? undefined : resolved
}

function resolveIn(value: unknown, context: Context, where: string): unknown {
  if (Array.isArray(value)) {
    return value.map(element => resolveIn(element, context, where)).filter(element => element !== NO_VALUE)
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (first !== undefined && entries.length === 1) {
    const [name, argument] = first
    // `Condition` of a policy statement has an object, the intrinsic function has a name.
    const apply = name === 'Condition' && typeof argument !== 'string' ? undefined : FUNCTIONS[name]
    if (apply !== undefined) return apply(argument, context, where)
    if (name.startsWith('Fn::'))
      throw new TemplateError(where, `expected a known intrinsic function, got ${name}`)
  }
  const resolved: Record<string, unknown> = {}
  for (const [name, member] of entries) {
    const memberValue = resolveIn(member, context, where)
    if (memberValue !== NO_VALUE) resolved[name] = memberValue
  }
  return resolved
}

function pseudoParameter(name: string, { stackName }: Context): unknown {
  switch (name) {
    case 'AWS::AccountId':
      return ACCOUNT
    case 'AWS::Region':
      return REGION
    case 'AWS::Partition':
      return 'aws'
    case 'AWS::URLSuffix':
      return 'amazonaws.com'
    case 'AWS::StackName':
      return stackName
    case 'AWS::StackId':
      return arn('cloudformation', `stack/${stackName}/local`)
    case 'AWS::NotificationARNs':
      return []
    case 'AWS::NoValue':
      return NO_VALUE
    default:
      return undefined
  }
}

function list(value: unknown, name: string, where: string): unknown[] {
  if (!Array.isArray(value))
    throw new TemplateError(where, `${name}: expected a list, got ${JSON.stringify(value)}`)
  return value
}

function pair(value: unknown, name: string, where: string): [unknown, unknown] {
  const values = list(value, name, where)
  if (values.length !== 2)
    throw new TemplateError(where, `${name}: expected two arguments, got ${values.length}`)
  return [values[0], values[1]]
}
