/** Headlines of a news wire about invented companies. */
import type { IssueMaster } from '../../market/market-event.ts'
import { pick, type Random } from './random.ts'

export interface Headline {
  readonly headline: string
  readonly issues: string[]
}

const COMPANY_NEWS = [
  '通期の営業利益予想を上方修正',
  '通期の純利益予想を下方修正、原材料高が響く',
  '第２四半期決算、増収増益',
  '自己株式の取得枠を設定',
  '期末配当を増額、株主還元を強化',
  '新工場の建設を決定、来春に着工',
  '代表取締役の異動に関するお知らせ',
  '株式分割を発表、１株を３株に',
  '海外子会社の設立を決議',
  '月次売上高、前年同月比で２桁増',
  '業務提携の協議を開始と発表',
  '公開買付け（ＴＯＢ）に関する賛同意見を表明',
] as const

const MARKET_NEWS = [
  '東証、輸出関連に買い　円安を好感',
  '東証、もみ合い　手掛かり材料に乏しく',
  '東証、下げ幅を縮小　押し目買い入る',
  '円相場、小動き　対ドルで方向感乏しい',
  '債券相場、長期金利は横ばい圏',
  '〔速報〕①売買代金②騰落銘柄数③業種別騰落率を更新',
] as const

/** Share of the headlines about one company. */
const COMPANY_PART = 0.7

export function composeHeadline(issues: readonly IssueMaster[], random: Random): Headline {
  if (random() < COMPANY_PART) return companyHeadline(pick(random, issues), pick(random, COMPANY_NEWS))
  return { headline: pick(random, MARKET_NEWS), issues: [] }
}

export function haltHeadline(issue: IssueMaster): Headline {
  return companyHeadline(issue, '売買を一時停止　重要事実の開示に伴い')
}

function companyHeadline({ code, name }: IssueMaster, text: string): Headline {
  return { headline: `【${code}】${name}　${text}`, issues: [code] }
}
