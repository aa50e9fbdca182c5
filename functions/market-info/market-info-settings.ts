/** Settings of market-info. */
import { requiredText } from '../../contract/settings.ts'

export const MARKET_INFO_SETTINGS = { BOARDS_TABLE: requiredText, CONTROL_TABLE: requiredText }
