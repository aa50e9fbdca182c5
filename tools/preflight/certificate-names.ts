/** Whether a certificate is for a name. */

/**
 * Returns whether a name of a certificate covers a host name. `*` stands for the first label alone: `*.example.com` covers
 * `boards.example.com`, but neither `example.com` nor `a.boards.example.com` (RFC 9525, section 6.3; CloudFront developer guide,
 * Requirements for using alternate domain names).
 */
export function covers(certificateName: string, host: string): boolean {
  const [name, wanted] = [normalised(certificateName), normalised(host)]
  if (!name.startsWith('*.')) return name === wanted
  const dot = wanted.indexOf('.')
  return dot > 0 && wanted.slice(dot) === name.slice(1)
}

/** DNS ignores the case of letters. */
function normalised(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
