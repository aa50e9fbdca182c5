/** The JSON body of a GET; anything but 200 is an error that shows what came. */
export async function getJson<Body>(url: string, headers: Record<string, string> = {}): Promise<Body> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`expected 200 from ${url}, got ${response.status}: ${text}`)
  return JSON.parse(text) as Body
}
