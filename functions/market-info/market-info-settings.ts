/** Settings of market-info. */
import { name } from '../../contract/settings.ts'

export const MARKET_INFO_SETTINGS = { BOARDS_TABLE: name }
