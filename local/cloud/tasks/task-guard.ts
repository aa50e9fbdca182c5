/**
 * Loaded into every task before its program: ends the task when the cloud that started it is gone, however that
 * ended. The cloud holds the other end of the standard input and never writes to it.
 */
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.resume()
// A pipe: waiting for its end must not keep a finished program alive.
if ('unref' in process.stdin) process.stdin.unref()
