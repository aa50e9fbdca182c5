/** All properties that `npm run check:cloud` proves, in the order of its output. */
import type { CloudProperty } from './cloud-property.ts'
import { ALARMS } from './properties/alarms.ts'
import { EDGE } from './properties/edge.ts'
import { ENCRYPTION } from './properties/encryption.ts'
import { FIREWALL } from './properties/firewall.ts'
import { FIRST_START } from './properties/first-start.ts'
import { IMAGE } from './properties/image.ts'
import { ITEM_RIGHTS } from './properties/item-rights.ts'
import { KEEPING } from './properties/keeping.ts'
import { LOGS } from './properties/logs.ts'
import { NETWORK } from './properties/network.ts'
import { PARAMETERS } from './properties/parameters.ts'
import { POLICIES } from './properties/policies.ts'
import { RECOVERY } from './properties/recovery.ts'
import { RELEASE } from './properties/release.ts'
import { RULE_SETS } from './properties/rule-sets.ts'
import { SIGN_IN } from './properties/sign-in-properties.ts'
import { SYNTHESIS } from './properties/synthesis.ts'

export const ALL_PROPERTIES: readonly CloudProperty[] = [
  ...POLICIES,
  ...ITEM_RIGHTS,
  ...NETWORK,
  ...FIRST_START,
  ...SYNTHESIS,
  ...ALARMS,
  ...ENCRYPTION,
  ...KEEPING,
  ...LOGS,
  ...EDGE,
  ...FIREWALL,
  ...IMAGE,
  ...PARAMETERS,
  ...RECOVERY,
  ...RELEASE,
  ...RULE_SETS,
  ...SIGN_IN,
]
