/**
 * Which data of the line the stack publishes, and to whom. Prices of issues are published always. Other data needs a permission in
 * the contract of the line, so nothing of it is published unless the parameter `Publish` says so.
 */
import * as v from 'valibot'

/** Data that needs a permission. `base-prices`: also everything that is computed from them. */
export const PUBLISHABLE = ['base-prices', 'news'] as const
export type Publishable = (typeof PUBLISHABLE)[number]

/** `everybody` sends no token; `registered` sends a token. What everybody may have, registered users may have too. */
export const AUDIENCES = ['registered', 'everybody'] as const
export type Audience = (typeof AUDIENCES)[number]

/** The value without any permission. */
export const PUBLISH_NOTHING = 'none'

const DATA = PUBLISHABLE.join('|')
const PERMISSION = `(?:${DATA}):(?:${AUDIENCES.join('|')})`
/** `none`, or permissions with commas between: `base-prices:everybody,news:registered`. Each data at most once. */
export const PUBLISH_PATTERN = `^(?:${PUBLISH_NOTHING}|(?!.*(${DATA}):.*\\1:)${PERMISSION}(?:,${PERMISSION})*)$`

/** The permissions of the stack. */
export interface Publication {
  /** Returns whether an audience may have data. */
  allows(data: Publishable, audience: Audience): boolean
}

/** The setting `PUBLISH`: a text of {@link PUBLISH_PATTERN}. */
export const publication = v.pipe(
  v.string('expected what to publish, got none'),
  v.regex(
    new RegExp(PUBLISH_PATTERN),
    ({ input }) => `expected ${PUBLISH_NOTHING} or permissions such as news:registered, got "${input}"`,
  ),
  v.transform((text): Publication => {
    const permissions = text.split(',')
    return {
      allows: (data, audience) =>
        permissions.includes(`${data}:everybody`) || permissions.includes(`${data}:${audience}`),
    }
  }),
)
