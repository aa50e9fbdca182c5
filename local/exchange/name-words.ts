/**
 * Words of invented names, each with its reading in katakana and in English, and the sector of a trade. Some contain characters that exist in Windows-31J and
 * not in Shift_JIS (髙 﨑 ① ㈱).
 */
import { SECTOR_CODES, type SectorCode } from '../../market/sector.ts'

/** A word of a name. */
export interface NameWord {
  readonly ja: string
  readonly kana: string
  readonly en: string
  /** The sector (33業種) of companies of this trade. Absent for other words. */
  readonly sector?: SectorCode
}

export const PLACES = words(`
  蒼嶺/ソウレイ/Sorei 緑陵/リョクリョウ/Ryokuryo 雲雀台/ヒバリダイ/Hibaridai 銀嶺/ギンレイ/Ginrei 若潮/ワカシオ/Wakashio
  千波/センバ/Senba 髙嶺/タカミネ/Takamine 濵﨑/ハマサキ/Hamasaki 朝霧/アサギリ/Asagiri 夕凪/ユウナギ/Yunagi
  東雲/シノノメ/Shinonome 白樺/シラカバ/Shirakaba 青嵐/セイラン/Seiran 月見/ツキミ/Tsukimi 星ヶ丘/ホシガオカ/Hoshigaoka
  花園/ハナゾノ/Hanazono 松影/マツカゲ/Matsukage 竹林/チクリン/Chikurin 梅香/バイコウ/Baiko 桐葉/キリハ/Kiriha
  楓/カエデ/Kaede 柊/ヒイラギ/Hiiragi 橘野/タチバナノ/Tachibanano 藤波/フジナミ/Fujinami 萩原野/ハギワラノ/Hagiwarano
  芹沢/セリザワ/Serizawa 菫/スミレ/Sumire 椿山/ツバキヤマ/Tsubakiyama 榊/サカキ/Sakaki 樫/カシ/Kashi
  﨑山/サキヤマ/Sakiyama 髙瀬川/タカセガワ/Takasegawa 岬/ミサキ/Misaki 渚/ナギサ/Nagisa 汐入/シオイリ/Shioiri
  潮見/シオミ/Shiomi 波多/ハタ/Hata 砂浜/スナハマ/Sunahama 入江/イリエ/Irie 浦風/ウラカゼ/Urakaze
  嶺南/レイナン/Reinan 峰北/ホウホク/Hohoku 丘陵/キュウリョウ/Kyuryo 谷川/タニガワ/Tanigawa 渓流/ケイリュウ/Keiryu
  滝沢/タキザワ/Takizawa 泉/イズミ/Izumi 清流/セイリュウ/Seiryu 湖東/コトウ/Koto 沼田野/ヌマタノ/Numatano
  黎明/レイメイ/Reimei 曙/アケボノ/Akebono 暁/アカツキ/Akatsuki 旭台/アサヒダイ/Asahidai 朝凪/アサナギ/Asanagi
  昼顔/ヒルガオ/Hirugao 夕映/ユウバエ/Yubae 宵月/ヨイヅキ/Yoizuki 夜明/ヨアケ/Yoake 晨/アシタ/Ashita
  睦/ムツミ/Mutsumi 和光/ワコウ/Wako 栄/サカエ/Sakae 協和台/キョウワダイ/Kyowadai 共栄/キョウエイ/Kyoei
  相生/アイオイ/Aioi 大成野/タイセイノ/Taiseino 豊穣/ホウジョウ/Hojo 瑞雲/ズイウン/Zuiun 吉祥/キッショウ/Kissho
  鶴舞/ツルマイ/Tsurumai 亀甲/キッコウ/Kikko 鷹羽/タカハ/Takaha 燕/ツバメ/Tsubame 雁/カリガネ/Karigane
  鴎/カモメ/Kamome 千鳥/チドリ/Chidori 白鷺/シラサギ/Shirasagi 孔雀/クジャク/Kujaku 鳳/オオトリ/Otori
  北斗星/ホクトセイ/Hokutosei 南十字/ミナミジュウジ/Minamijuji 銀河/ギンガ/Ginga 流星/リュウセイ/Ryusei 天頂/テンチョウ/Tencho
  極光/キョッコウ/Kyokko 彗星/スイセイ/Suisei 新星/シンセイ/Shinsei 満天/マンテン/Manten 日輪/ニチリン/Nichirin`)

export const TRADES = words(`
  電機/デンキ/Electric/3650 精密/セイミツ/Precision/3750 化学/カガク/Chemical/3200 食品/ショクヒン/Foods/3050 製薬/セイヤク/Pharmaceutical/3250
  鉄鋼/テッコウ/Steel/3450 重機/ジュウキ/Heavy_Machinery/3600 建設/ケンセツ/Construction/2050 不動産/フドウサン/Realty/8050 物産/ブッサン/Trading/6050
  商事/ショウジ/Corporation/6050 運輸/ウンユ/Transport/5050 海運/カイウン/Shipping/5100 倉庫/ソウコ/Warehouse/5200 電力/デンリョク/Electric_Power/4050
  瓦斯/ガス/Gas/4050 通信/ツウシン/Communications/5250 システム/システム/Systems/5250 ソフトウェア/ソフトウェア/Software/5250 技研/ギケン/Engineering/3600
  製作所/セイサクショ/Works/3550 紡績/ボウセキ/Spinning/3100 製紙/セイシ/Paper/3150 硝子/ガラス/Glass/3400 銀行/ギンコウ/Bank/7050
  フィナンシャルグループ/フィナンシャルグループ/Financial_Group/7050 証券/ショウケン/Securities/7100 保険/ホケン/Insurance/7150
  ホールディングス/ホールディングス/Holdings/9050 自動車/ジドウシャ/Motor/3700
  工機/コウキ/Machine_Tools/3600 電子/デンシ/Electronics/3650 計器/ケイキ/Instruments/3750 油脂/ユシ/Oils/3300 塗料/トリョウ/Paint/3200
  ゴム/ゴム/Rubber/3350 セメント/セメント/Cement/3400 金属/キンゾク/Metals/3500 鉱業/コウギョウ/Mining/1050 水産/スイサン/Fisheries/0050
  製菓/セイカ/Confectionery/3050 酒造/シュゾウ/Breweries/3050 百貨店/ヒャッカテン/Department_Stores/6100 ストア/ストア/Stores/6100 薬局/ヤッキョク/Pharmacy/6100
  メディカル/メディカル/Medical/3750 出版/シュッパン/Publishing/5250 印刷/インサツ/Printing/3800 旅行/リョコウ/Travel/9050 鉄道/テツドウ/Railway/5050`)

export const YOUNG = words(`
  ソライロ/ソライロ/Sorairo ミライエ/ミライエ/Miraie ヒカリノ/ヒカリノ/Hikarino カゼマチ/カゼマチ/Kazemachi
  ツムギバ/ツムギバ/Tsumugiba コトノハ/コトノハ/Kotonoha アオゾラボ/アオゾラボ/Aozorabo ユメミチ/ユメミチ/Yumemichi
  ハルカゼ/ハルカゼ/Harukaze キラリオ/キラリオ/Kirario ナミオト/ナミオト/Namioto モリノネ/モリノネ/Morinone
  トキワラ/トキワラ/Tokiwara ホシゾラ/ホシゾラ/Hoshizora イロドリオ/イロドリオ/Irodorio シズクル/シズクル/Shizukuru
  マナビバ/マナビバ/Manabiba タビノワ/タビノワ/Tabinowa クラシカ/クラシカ/Kurashika メグリエ/メグリエ/Megurie`)

export const YOUNG_TRADES = words(`
  テクノロジーズ/テクノロジーズ/Technologies/5250 ロボティクス/ロボティクス/Robotics/3600 ＡＩ/エーアイ/AI/5250 クラウド/クラウド/Cloud/5250
  ヘルスケア/ヘルスケア/Healthcare/9050 バイオ/バイオ/Bio/3250 データ/データ/Data/5250 モビリティ/モビリティ/Mobility/3700 エナジー/エナジー/Energy/4050
  フーズ/フーズ/Foods/3050 ラーニング/ラーニング/Learning/9050 ペイメント/ペイメント/Payment/7200 デザイン/デザイン/Design/9050 マーケット/マーケット/Market/6100
  セキュリティ/セキュリティ/Security/5250 スペース/スペース/Space/5150 アグリ/アグリ/Agri/0050 ゲームズ/ゲームズ/Games/5250 キャリア/キャリア/Career/9050
  ㈱/カブシキガイシャ/Inc./9050`)

export const ESTATES = words(`
  オフィス/オフィス/Office レジデンス/レジデンス/Residence ロジスティクス/ロジスティクス/Logistics ホテル/ホテル/Hotel
  商業/ショウギョウ/Retail ヘルスケア施設/ヘルスケアシセツ/Healthcare インフラ/インフラ/Infrastructure`)

/** Themes of funds. The feed has Japanese names of funds only. */
export const THEMES: readonly string[] =
  '大型株 中小型株 高配当 成長株 割安株 国債 社債 金 銀 原油 米国株 欧州株 新興国株 半導体 銀行株 不動産 環境 医療 低変動 全世界株'.split(
    ' ',
  )

/** Reads words at white space. An underscore is a blank of the English word. */
function words(text: string): readonly NameWord[] {
  return text
    .trim()
    .split(/\s+/)
    .map(word => {
      const [ja = '', kana = '', en = '', code] = word.split('/')
      const sector = SECTOR_CODES.find(each => each === code)
      return { ja, kana, en: en.replaceAll('_', ' '), ...(sector !== undefined && { sector }) }
    })
}
