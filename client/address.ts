/**
 * Addresses with parameters, as text: the `URL` of React Native has no `searchParams.set`.
 */

/** Returns an address with these parameters. A parameter that the address has already gets the new value. */
export function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  const [beforeFragment = ''] = address.split('#', 1)
  const end = beforeFragment.indexOf('?')
  const path = end < 0 ? beforeFragment : beforeFragment.slice(0, end)
  const query = end < 0 ? '' : beforeFragment.slice(end + 1)
  const kept = query.split('&').filter(each => each !== '' && !Object.hasOwn(parameters, nameOf(each)))
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${path}?${[...kept, ...added].join('&')}`
}

function nameOf(parameter: string): string {
  return parameter.split('=', 1)[0] ?? ''
}
