/** The help of `npm run ops`. */
import { KEPT_MONTHS } from '../../tables/users/access-records.ts'
import { LONGEST_HOLD_HOURS } from './option-values.ts'

export const HELP = `Shows and steers a running itastream: on this machine, or on AWS.

Usage: npm run -s ops -- COMMAND [options]

Commands:
  status                     the plan of market-hours next to what is true, a line a resource, with the market time, the
                             phase, the level, the hold, the next change, and the task of each line that publishes
  hold open --until T        the market counts as open until T, whatever the calendar says: nothing shrinks or stops
  hold closed --until T      the market counts as closed until T: tasks stop, unless ticks flow or a line is open
  release                    ends the hold
  calendar show              prints the exceptions of the calendar (closures, shortened days, changed hours) and their version
  calendar check FILE        checks a file of exceptions against the stored ones, and changes nothing
  calendar set FILE          replaces the exceptions. All functions follow within a minute
  sectors show               prints the sectors of issues (33業種) as lines of code and sector
  sectors check FILE         checks a file of such lines, and says what it would change
  sectors set FILE           replaces the sectors. All functions follow within a minute
  disconnect --user SUB      ends the access of a user within a minute: closes the user's connections, and refuses the tokens
                             that were issued until now. End the sign-in at the issuer first
  report --month YYYY-MM     the users who had access to real-time data in a month, as CSV, and their number
  reconnect --within 5m      asks all apps to move to new connections over this time
  redrive                    gives the failed batches of store-ticks to the function again, oldest first
  restore-day --date DATE    writes a day back to the ticks table from the archive
  copy-table --from NAME --to TABLE
                             copies what is missing from a restored table into ticks, users or control
  token                      signs you in by the browser of this machine, and prints an access token of the user

Options:
  --until T        Tokyo time, at most ${LONGEST_HOLD_HOURS} hours from now: 17:00, or 2026-11-20T17:00
  --reason TEXT    why the hold is needed; status and the log of market-hours show it
  --json           status: one line of JSON
  --user SUB       the claim sub of the user's access tokens
  --for TIME       how long tokens of the issuer can live: 24h, which is the longest of Cognito and the default; at most 30d
  --month YYYY-MM  a month of Tokyo, up to the present one. Records are kept for ${KEPT_MONTHS} months
  --own SUB        report: marks a user of your own, such as the canary, and counts it apart. May be repeated
  --out FILE       report: writes the CSV to this file
  --within TIME    10s to 1h
  --date DATE      a trading date, YYYY-MM-DD. redrive: only batches of this date
  --dry-run        redrive: lists the batches, and changes nothing
  --from NAME      copy-table: the restored table
  --to TABLE       copy-table: ticks, users or control
  --stack NAME     the stack on AWS, with the credentials and the region of the AWS SDK (AWS_PROFILE, AWS_REGION, …).
                   Default: the system that npm start runs on this machine, the newest of several
  --system FILE    the system of this file: npm start writes .build/systems/PROCESS.json
  --help           this text

Exit code: 0; status: 1 if a resource differs from the plan after its grace, or if the last run of market-hours failed
or is overdue; disconnect: 1 if a connection is still open after a minute; redrive: 1 if a batch
is not stored; 2 for a bad command line, and for a system that cannot be reached.

docs/operations.md#ops explains the table and lists the rights on AWS.
`
