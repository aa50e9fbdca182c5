/** Memory and CPU time of a process together with all of its descendants. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface TreeUsage {
  readonly processes: number
  /** Sum of the resident set sizes, MiB. Pages that processes share count once for each process. */
  readonly memoryMiB: number
  /** CPU time of the processes that run now, seconds. */
  readonly cpuSeconds: number
}

interface ProcessUsage {
  readonly pid: number
  readonly parent: number
  readonly residentBytes: number
  readonly cpuSeconds: number
}

/** Bytes of a page and clock ticks of a second on Linux for x64 and arm64. */
const PAGE_BYTES = 4096
const TICKS_PER_SECOND = 100

/** Reads the usage of process `root` and its descendants. The tree is empty when the process has ended. */
export async function usageOfTree(root: number): Promise<TreeUsage> {
  const all = process.platform === 'linux' ? await readProc() : await readPs()
  const inTree = new Set([root])
  // A child can come before its parent in the list.
  for (let size = 0; size !== inTree.size; ) {
    size = inTree.size
    for (const { pid, parent } of all) if (inTree.has(parent)) inTree.add(pid)
  }
  const tree = all.filter(({ pid }) => inTree.has(pid))
  return {
    processes: tree.length,
    memoryMiB: tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / 1024 ** 2,
    cpuSeconds: tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  }
}

async function readProc(): Promise<ProcessUsage[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const read = await Promise.all(
    pids.map(async pid => {
      // A process can end between the listing and the reading.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
      return stat === undefined ? undefined : parseStat(Number(pid), stat)
    }),
  )
  return read.filter(usage => usage !== undefined)
}

/** Reads a line of /proc/<pid>/stat (proc_pid_stat(5)). */
function parseStat(pid: number, stat: string): ProcessUsage {
  // The name in parentheses may contain spaces; the fields after it start with field 3, the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return {
    pid,
    parent: field(4),
    residentBytes: field(24) * PAGE_BYTES,
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
  }
}

async function readPs(): Promise<ProcessUsage[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='])
  return stdout
    .trim()
    .split('\n')
    .map(line => {
      const [pid = '', parent = '', kibibytes = '', time = ''] = line.trim().split(/\s+/)
      // `1-02:03:04.56`: days, hours, minutes, seconds, the first two where there are any.
      const parts = time.split(/[-:]/).map(Number)
      const [seconds = 0, minutes = 0, hours = 0, days = 0] = parts.reverse()
      return {
        pid: Number(pid),
        parent: Number(parent),
        residentBytes: Number(kibibytes) * 1024,
        cpuSeconds: seconds + 60 * (minutes + 60 * (hours + 24 * days)),
      }
    })
}
