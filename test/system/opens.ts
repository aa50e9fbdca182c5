/** Returns whether a WebSocket opens with these sub-protocols. */
export async function opens(url: string, protocols: string[]): Promise<boolean> {
  const socket = new WebSocket(url, protocols)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.onopen = () => resolve(true)
  socket.onerror = () => resolve(false)
  const opened = await promise
  socket.close()
  return opened
}
