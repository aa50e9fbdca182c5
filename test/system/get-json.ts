/** Returns the JSON body of a GET. @throws Error with the answer if the status is not 200. */
export async function getJson<Body>(url: string, headers: Record<string, string> = {}): Promise<Body> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`expected 200 from ${url}, got ${response.status}: ${text}`)
  return JSON.parse(text) as Body
}
