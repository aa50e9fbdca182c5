/** Settings of market-info. */
import { publication } from '../../contract/publication.ts'
import { edgeSecret, requiredText } from '../../contract/settings.ts'

export const MARKET_INFO_SETTINGS = {
  BOARDS_TABLE: requiredText,
  CONTROL_TABLE: requiredText,
  PUBLISH: publication,
  EDGE_SECRET: edgeSecret,
}
