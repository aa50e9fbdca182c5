/** What the firewall of the edge limits. Stages without an edge have nothing to check. */
import { FIREWALL_RULE } from '../../../cdk/edge/edge.ts'
import type { CloudProperty } from '../cloud-property.ts'
import { distributionsOf, ofEdges, ofType, type Resources, refIn } from './edge.ts'

interface FirewallRule {
  readonly Name: string
  readonly Statement: {
    readonly RateBasedStatement?: {
      readonly AggregateKeyType: string
      readonly CustomKeys?: readonly object[]
    }
  }
}

/** The limits of the firewall, and what requests have in common that are counted together. */
const LIMITS: Readonly<Record<string, string>> = {
  Connects: 'IP',
  ConnectsOfNetwork: 'ASN',
  HeavyRest: 'IP',
  Rest: 'IP',
  RealtimeOfToken: 'Header authorization',
}

/** Returns what a rule counts together; undefined if it has no limit. */
function countedBy({ Statement: { RateBasedStatement: rate } }: FirewallRule): string | undefined {
  const keys = (rate?.CustomKeys ?? []).flatMap(key =>
    Object.entries(key).map(([kind, { Name }]) => (Name === undefined ? kind : `${kind} ${Name}`)),
  )
  return keys.length === 0 ? rate?.AggregateKeyType : keys.join(', ')
}

/** Returns the limits of requests that the firewall lacks. */
export function missingLimits(resources: Resources, firewall: Resources): string[] {
  const rules = ofType(firewall, 'AWS::WAFv2::WebACL').flatMap(
    ([, { Properties }]) => Properties.Rules as readonly FirewallRule[],
  )
  const counted = new Map(rules.map(rule => [rule.Name, countedBy(rule)]))
  return [
    ...distributionsOf(resources)
      .filter(([, { WebACLId }]) => !refIn(WebACLId, 'WebAclArn'))
      .map(([id]) => `${id}: expected the web ACL of the parameter WebAclArn`),
    ...Object.entries(LIMITS)
      .filter(([name, by]) => counted.get(name) !== by)
      .map(([name, by]) => `expected a limit ${name} by ${by} in the web ACL, got ${counted.get(name)}`),
  ]
}

type Rules = Readonly<Record<string, { readonly Assertions: readonly object[] }>>

/** Returns whether a deployment without a firewall is refused. @param template the template of the main stack. */
export function deployableWithout({ Rules = {} }: { readonly Rules?: Rules }): string[] {
  const asserted = JSON.stringify(Rules[FIREWALL_RULE]?.Assertions ?? [])
  return asserted.includes('{"Fn::Not":[{"Fn::Equals":[{"Ref":"WebAclArn"},""]}]}')
    ? []
    : [`expected a rule ${FIREWALL_RULE} that refuses an empty WebAclArn, got ${asserted}`]
}

export const FIREWALL: readonly CloudProperty[] = [
  ofEdges(
    'the firewall limits requests of an address, connects of a network, and real-time requests of a token',
    ({ resources, firewall }) => missingLimits(resources, firewall),
  ),
  ofEdges('no edge is deployed without a firewall', ({ template }) => deployableWithout(template.toJSON())),
]
