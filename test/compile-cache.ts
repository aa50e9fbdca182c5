/**
 * Lets all processes of a test run share compiled code: `node --import ./test/compile-cache.ts --test`. Each test file has a process
 * of its own, which imports this module too, and may start others.
 */
import { enableCompileCache } from 'node:module'
import { pathOf } from '../cdk/paths.ts'

process.env.NODE_COMPILE_CACHE ??= pathOf('.build/compile-cache')
enableCompileCache(process.env.NODE_COMPILE_CACHE)
