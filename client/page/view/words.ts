/** Words of the page: the Japanese terms of traders, with English. */
import type { QuoteSign } from '../../../market/board-json.ts'
import type { LineState, Phase } from '../../../market/market-event.ts'
import type { ConnectionState } from '../../itastream.ts'
import type { BarMark } from '../chart-bars.ts'
import type { SignInProblem } from '../oidc-client.ts'

export interface Word {
  readonly ja: string
  readonly en: string
}

export const PHASE_WORDS: Readonly<Record<Phase, Word>> = {
  closed: { ja: '閉場', en: 'Closed' },
  'warm-up': { ja: '準備中', en: 'Warm-up' },
  'order-acceptance': { ja: '注文受付', en: 'Order acceptance' },
  morning: { ja: '前場', en: 'Morning' },
  lunch: { ja: '昼休み', en: 'Lunch break' },
  afternoon: { ja: '後場', en: 'Afternoon' },
  closing: { ja: 'クロージング', en: 'Closing auction' },
  'wind-down': { ja: '大引け後', en: 'After the close' },
}

export const LINE_WORDS: Readonly<Record<LineState, Word>> = {
  live: { ja: '正常', en: 'live' },
  recovering: { ja: '回復中', en: 'recovering' },
  stale: { ja: '途絶', en: 'stale' },
}

/** Live rows of the watchlist that may be old. They are grey too. */
export const OLD_WORD: Word = { ja: '更新停止', en: 'not current' }

/** Trades are missing: the feed lost messages, or the page missed updates. */
export const MISSING_WORD: Word = { ja: '欠落', en: 'some trades missing' }

/** Trades between the stored and the live trades: they are stored within minutes. */
export const PENDING_WORD: Word = { ja: '取得中', en: 'trades to come' }

/** What is special about a bar of a chart. */
export const BAR_WORDS: Readonly<Record<BarMark, Word>> = {
  lost: { ja: '欠落あり', en: 'trades lost' },
  pending: PENDING_WORD,
  running: { ja: '形成中', en: 'not finished' },
}

export const CONNECTION_WORDS: Readonly<Record<ConnectionState, Word>> = {
  connecting: { ja: '接続中', en: 'Connecting' },
  connected: { ja: 'リアルタイム', en: 'Connected' },
  reconnecting: { ja: '再接続中', en: 'Reconnecting' },
  closed: { ja: '20分ディレイ', en: 'Delayed only' },
}

/** Why the user is not signed in. */
export const SIGN_IN_WORDS: Readonly<Record<SignInProblem, Word>> = {
  refused: { ja: 'サインインを取り消しました。', en: 'Sign-in was cancelled.' },
  unreachable: {
    ja: 'サインインのサーバーに接続できません。しばらくしてからもう一度お試しください。',
    en: 'The sign-in server cannot be reached, please try again later.',
  },
  ended: {
    ja: 'サインインの有効期限が切れました。もう一度サインインしてください。',
    en: 'Your sign-in has ended, please sign in again.',
  },
  failed: {
    ja: 'サインインできませんでした。もう一度お試しください。',
    en: 'Sign-in failed, please try again.',
  },
}

/** The character next to a quote on Japanese boards, and its meaning. A general quote has none. */
export const SIGN_WORDS: Readonly<Partial<Record<QuoteSign, Word & { readonly mark: string }>>> = {
  caution: { mark: '注', ja: '注意気配', en: 'caution quote' },
  special: { mark: '特', ja: '特別気配', en: 'special quote' },
  'before-open': { mark: '寄', ja: '寄前気配', en: 'before the open' },
  'special-before-halt': { mark: '停', ja: '停止前特別気配', en: 'special quote before a halt' },
  'after-close': { mark: '引', ja: '引け後気配', en: 'after the close' },
  sequential: { mark: '連', ja: '連続約定気配', en: 'sequential trade quote' },
}

/** Words by the name of a status. A status without an entry is shown by its code. */
export const STATUS_WORDS: Readonly<Record<string, Word & { readonly alarm?: true }>> = {
  halted: { ja: '売買停止', en: 'Trading halted', alarm: true },
  resumed: { ja: '売買再開', en: 'Trading resumed' },
  itayose: { ja: '板寄せ', en: 'Itayose auction' },
  suspended: { ja: '売買中断', en: 'Trading suspended', alarm: true },
  released: { ja: '中断解除', en: 'Suspension released' },
  'halted-without-orders': { ja: '売買停止・注文受付なし', en: 'Halted, no order entry', alarm: true },
  trading: { ja: 'ザラバ', en: 'Continuous trading' },
}
