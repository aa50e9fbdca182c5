/** Lets all processes of a test run share compiled code: `node --import ./test/compile-cache.ts --test`. */
import { pathOf } from '../cdk/paths.ts'

process.env.NODE_COMPILE_CACHE ??= pathOf('.build/compile-cache')
