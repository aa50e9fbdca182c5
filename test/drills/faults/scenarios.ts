/** All scenarios of the drill `faults`, in the order in which they run. */
import { badMessages } from './bad-message-scenario.ts'
import { consumerNew } from './consumer-new-scenario.ts'
import { gaijiInAName } from './gaiji-in-a-name-scenario.ts'
import { gatewayThrottles } from './gateway-throttles-scenario.ts'
import { handshakeAtPhaseChange } from './handshake-scenario.ts'
import { hugeMessages } from './huge-messages-scenario.ts'
import { hugeRequests } from './huge-requests-scenario.ts'
import { dayIncompleteThenFinal } from './incomplete-day-scenario.ts'
import { issueMasterLost } from './issue-master-scenario.ts'
import { issuerAway, issuerHangs } from './issuer-away-scenario.ts'
import { lateStoring } from './late-storing-scenario.ts'
import { nextVersionFirst } from './next-version-first-scenario.ts'
import { pingUnknownConnection } from './ping-unknown-connection-scenario.ts'
import { readerDuringReplay } from './reader-during-replay-scenario.ts'
import { readersWithoutToken } from './readers-without-token-scenario.ts'
import { recoveryAtTheOpening } from './recovery-at-the-opening-scenario.ts'
import { replayLineDown } from './replay-line-down-scenario.ts'
import type { Scenario } from './scenario.ts'
import { swapAt200Issues } from './swap-at-200-issues-scenario.ts'
import { tableFaults } from './table-fault-scenario.ts'
import { tokenForAnotherApi } from './token-for-another-api-scenario.ts'
import { tomorrowsDate } from './tomorrows-date-scenario.ts'

export const SCENARIOS: readonly Scenario[] = [
  gaijiInAName,
  nextVersionFirst,
  consumerNew,
  replayLineDown,
  ...tableFaults,
  handshakeAtPhaseChange,
  gatewayThrottles,
  swapAt200Issues,
  issuerAway,
  issuerHangs,
  tokenForAnotherApi,
  pingUnknownConnection,
  hugeMessages,
  hugeRequests,
  readersWithoutToken,
  issueMasterLost,
  ...badMessages,
  tomorrowsDate,
  recoveryAtTheOpening,
  ...lateStoring,
  readerDuringReplay,
  dayIncompleteThenFinal,
]
