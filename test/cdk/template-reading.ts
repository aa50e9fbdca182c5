/** Finds resources of a template and the references between them. */
import type { Resource } from './synthesis.ts'

type Resources = Readonly<Record<string, Resource>>

/** A statement of a policy. CDK writes a single action as a string. */
export interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

/** Returns a logical id without the hash that CDK appends. */
export function nameOf(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '')
}

/** Yields every `Ref` and `Fn::` function inside a value, with its argument. */
export function* referencesIn(value: unknown): Generator<[name: string, argument: unknown]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Ref' || key.startsWith('Fn::')) yield [key, inner]
    yield* referencesIn(inner)
  }
}

/** Returns the logical ids that a value refers to. */
function idsIn(value: unknown): string[] {
  return [...referencesIn(value)].map(([, argument]) =>
    String(Array.isArray(argument) ? argument[0] : argument),
  )
}

/** Returns functions to find resources and their properties. */
export function read(resources: Resources) {
  const ofType = (type: string): Resource[] => Object.values(resources).filter(({ Type }) => Type === type)
  const environmentOf = ({ Properties }: Resource): Record<string, unknown> =>
    (Properties.Environment as { Variables: Record<string, unknown> }).Variables
  const functionOf = (fn: Resource): string => String(environmentOf(fn).POWERTOOLS_SERVICE_NAME)

  /** Returns the name of the function that a value refers to through the function's alias. */
  const functionIn = (value: unknown): string | undefined =>
    idsIn(value)
      .flatMap(id => resources[id] ?? [])
      .filter(({ Type }) => Type === 'AWS::Lambda::Alias')
      .flatMap(({ Properties }) => idsIn(Properties.FunctionName))
      .flatMap(id => resources[id] ?? [])
      .map(functionOf)[0]

  return {
    /**
     * Returns the resources of a type.
     * @throws RangeError when there are none, because a check of all of them would prove nothing.
     */
    ofType(type: string): Resource[] {
      const found = ofType(type)
      if (found.length === 0) throw new RangeError(`expected resources of type ${type}, got none`)
      return found
    },

    /** Environment variables by the name of the function. */
    environments: new Map(ofType('AWS::Lambda::Function').map(fn => [functionOf(fn), environmentOf(fn)])),

    /** Returns the function of each route key of an API, followed by `with a token` if the route needs one. */
    routesOf(protocol: 'HTTP' | 'WEBSOCKET'): Record<string, string> {
      const routes: Record<string, string> = {}
      for (const { Properties } of ofType('AWS::ApiGatewayV2::Route')) {
        const { RouteKey, Target, ApiId, AuthorizationType } = Properties
        if (!idsIn(ApiId).some(id => resources[id]?.Properties.ProtocolType === protocol)) continue
        const integration = idsIn(Target).find(id => resources[id]?.Type === 'AWS::ApiGatewayV2::Integration')
        const name = functionIn(resources[String(integration)]?.Properties)
        routes[String(RouteKey)] = AuthorizationType === 'JWT' ? `${name} with a token` : String(name)
      }
      return routes
    },

    statements: ofType('AWS::IAM::Policy').flatMap(
      ({ Properties }) => (Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement,
    ),
  }
}
