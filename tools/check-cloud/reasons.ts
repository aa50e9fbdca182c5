/** The reasons that the constructs give for breaking rules, and those of them that a finding needs. */
import { type Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

export interface Reason {
  /** Path of the construct that gives it, with the kind of the stack in place of the name: a reason is equal in all stages. */
  readonly at: string
  /** Name of the rule without its pack: the packs share reasons. */
  readonly rule: string
}

export interface Reasons {
  readonly all: readonly Reason[]
  /** Returns whether a construct may break a rule, and notes the nearest reason. */
  excuse(construct: IConstruct, ruleId: string): boolean
  /** Notes a reason by its construct's path and its id. */
  note(path: string, ruleId: string): void
  /** The reasons that a finding has needed so far. */
  used(): Reason[]
}

/**
 * The id of a rule: its pack, and its name. aws-cdk-lib puts `Annotation::` before an id of cdk-nag. Other ids are of annotations, which
 * aws-cdk-lib leaves out without a report.
 */
const RULE =
  /^(?:(?:annotation::)?(?:AwsSolutions|NIST\.800\.53\.R5|PCI\.DSS\.321)-|CloudFormation-Validate::)(.+)$/i

/** Reads the reasons of stacks, by the names of their kinds. */
export function readReasons(stacks: Readonly<Record<string, Stack>>): Reasons {
  const byPath = new Map<string, Set<string>>()
  for (const construct of Object.values(stacks).flatMap(stack => stack.node.findAll())) {
    const rules = construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data as object).flatMap(id => nameOf(id) ?? []))
    if (rules.length > 0) byPath.set(construct.node.path, new Set(rules))
  }
  const places = Object.entries(stacks).map(([kind, { node }]) => [kind, node.path] as const)
  const reasonOf = (path: string, rule: string): Reason => {
    const [kind, root] = places.find(([, each]) => path === each || path.startsWith(`${each}/`))!
    return { at: `${kind}${path.slice(root.length)}`, rule }
  }
  const used = new Map<string, Reason>()
  const note = (path: string, ruleId: string): void => {
    const rule = nameOf(ruleId)
    if (rule !== undefined) used.set(`${rule} ${path}`, reasonOf(path, rule))
  }
  return {
    all: [...byPath].flatMap(([path, rules]) => [...rules].map(rule => reasonOf(path, rule))),
    excuse(construct, ruleId) {
      const rule = nameOf(ruleId) ?? ''
      const place = construct.node.scopes.findLast(({ node }) => byPath.get(node.path)?.has(rule))
      if (place !== undefined) note(place.node.path, ruleId)
      return place !== undefined
    },
    note,
    used: () => [...used.values()],
  }
}

function nameOf(ruleId: string): string | undefined {
  return RULE.exec(ruleId)?.[1]
}
