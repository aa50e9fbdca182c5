/** Objects without members that are undefined. */

type WithoutUndefined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/**
 * Returns a copy of an object without the members whose value is undefined.
 * @example withoutUndefined({ price: 1_000, side: undefined }) // { price: 1_000 }
 */
export function withoutUndefined<T extends object>(members: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<T>
}
