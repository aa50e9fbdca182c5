/** The alias that everything invokes. It refers to the newest deployed version of a function. */
export const LIVE_ALIAS = 'live'
