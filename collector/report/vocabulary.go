package report

import (
	"slices"
	"strings"
)

// class is a set of meanings that a word can have in a header.
type class uint32

const (
	aName        class = 1 << iota // its numbers name something, whatever stands before it
	noCompound                     // it only looks like a compound that ends like another word
	aThing                         // its numbers name one of them; it is singular: a user is one, users are how many
	aCounted                       // before a thing it makes it how many: active user
	aCountStart                    // it begins the header of a count
	aNumber                        // either how many (number of users) or which (order number)
	aPeriod                        // its numbers name a part of the calendar, unless they are a quantity over it: cost last month
	relative                       // before a period it makes it the heading of amounts: last month
	billed                         // a quantity that says of a period only what happens in it: the usage month is when
	aUnit                          // in brackets behind a quantity, or before the time for which it is taken
	aPreposition                   // what follows only describes the noun before it
	aPer                           // what follows is the unit to which the numbers refer
	aFlag                          // it begins the header of a yes or no, written as 1 and 0
	anAdjective                    // it ends the header of a yes or no
	aQuantity                      // its numbers are amounts, whatever stands before it; so are nearly all plurals
	anAverage                      // a quantity that does not add up
	anAverager                     // it makes an average of the quantity behind it
	aPercentage                    // an average even before a quantity: percent used
	anExtreme                      // in a label it says that the row is the greatest or the least of others
	money                          // it may stand behind a price without being its noun
	aLevel                         // a quantity that is read off, counted or reckoned anew each time: it does not add up over rows
	aMoment                        // it ends the header of times
	aDate                          // it ends the header of times that may be written as 202601 or 20260102
	aForeignDate                   // a date in a language that writes the day before the month
	aTimeStart                     // it begins the header of times
	aTimeUnit                      // it may stand behind the noun of a time
	aDuration                      // the cells below it may be h:mm:ss
	fine                           // a name whose numbers have decimals or a minus
	aTotal                         // in a label or a time it says that the row is the total of others
)

// vocabulary lists the words of each class, in lower case and without accents. One that
// begins with - ends compounds, and one with _ is two words. They were gathered from
// the exports of billing and analytics systems: AWS, Azure and Google Cloud bills,
// FOCUS, GitHub, OpenAI, Datadog, Stripe, Snowflake, web analytics, and spreadsheets of
// several languages.
var vocabulary = map[class]string{
	aName: `
		id ids identifier uuid guid key code version hash sha md5 checksum digest fingerprint signature serial reference ref slug name label
		tag title type kind class category status state flag tier level priority severity grade index idx seq sequence ordinal percentile
		quantile zip zipcode postcode postal plz cep phone telephone tel fax ext extension ssn tin ein npi duns siret siren cnpj cpf gstin
		iban bic cusip isin last4 mcc mnc naics asin isbn ean upc gtin barcode vin imei imsi iccid msisdn asn ip ipv4 mac vlan src dst
		srcport dstport lat latitude lon lng longitude currency username sku schema from to dow doy weekday weeknum rownum locale language
		revision rev codigo codice identifiant konto cuenta compte conto nif cif mid 番号 编号 編號 コード 代码
		-id -uuid -guid -code -number -version -key -hash -name -year -nummer -nr -stelle -leitzahl -kennung -schlussel -flags
		-番号 -编号 -編號 -コード -代码
		business_unit cost_unit org_unit organizational_unit organisational_unit card_exp last_4 last_four`,
	noCompound: `
		paid unpaid prepaid postpaid repaid overpaid underpaid bid underbid outbid rebid unbid grid valid invalid void avoid liquid fluid
		solid rapid hybrid aid raid kid lid said laid acid covid android amid rid squid overlaid plaid humid vivid rigid arid candid
		splendid hid skid droid opioid steroid centroid monkey turkey hockey whiskey donkey jockey conversion inversion diversion reversion
		subversion encode decode transcode unicode rename midyear leapyear`,
	aThing: `
		uid gid pid oid stage phase row line page record entry bucket shard partition variant variation cohort group arm rule gate experiment
		layer holdout segment config environment env event metric dimension project account acct tenant customer client user member owner
		employee person partner org organization organisation team workspace company vendor supplier merchant department dept division center
		centre cluster node host instance device machine datacenter zone region location site store branch build release commit patch model
		product item asset resource entity object parent app application campaign channel source invoice order ticket case contract
		subscription plan po transaction session trace span batch job run task thread process port protocol caller callee cli ani sender
		recipient receiver payer payee author assignee requester country city term sprint iteration
		cliente facture factura fattura kunde rechnung`,
	aCounted: `
		active inactive new unique distinct returning total sum avg average mean median max min peak billable billed unbilled paid daily
		weekly monthly cumulative failed completed successful closed opened resolved processed concurrent count`,
	aCountStart: `num n nb nbr count cnt total sum anzahl nombre qty`,
	aNumber:     `number num no nr nbr numero nummer`,
	aPeriod: `
		year yr fy quarter qtr semester month week day hour minute period
		jahr quartal monat woche tag annee mois semaine trimestre ano mes semana anno mese 年 月 年月 年度`,
	relative: `this last current previous prior next`,
	billed:   `usage used charge credit tax discount`,
	aUnit: `
		b kb mb gb tb pb kib mib gib tib gi byte bit mbps gbps vcpu cpu gpu tpu core dbu kwh mwh wh kw kg km unit instance node seat man person
		usd eur gbp chf jpy brl cad aud inr cny s sec ms us ns min h hr hour pct k m mm bn`,
	aPreposition: `
		of for by in at from with without wo over under since until via after before on de du des di del do da von pour para`,
	aPer:  `per par por`,
	aFlag: `is has was can should are`,
	anAdjective: `
		active inactive enabled disabled billable billed deleted archived valid internal public private paid refunded`,
	aQuantity: `
		count cnt total sum qty quantity amount amt number num usage used cost price fee charge spend spent revenue tax discount credit balance
		volume size length duration elapsed latency value score rate ratio percent percentage pct share average avg mean median min max limit
		quota budget allowance spending consumption traffic bandwidth
		betrag menge anzahl kosten summe montant cout importe valor custo coste cantidad quantidade`,
	anAverage: `
		price prices rate rates ratio ratios percent percentage pct share average avg mean preis prozent anteil durchschnitt mittelwert prix
		taux moyenne pourcentage precio tasa promedio porcentaje preco percentual prezzo tasso percentuale cena 单价 単価 率
		-preis -prozent -単価 -单价 -率`,
	anAverager:  `average avg mean durchschnitt mittelwert moyenne promedio`,
	aPercentage: `percent percentage pct prozent pourcentage porcentaje percentual percentuale -prozent`,
	anExtreme:   `max maximum min minimum highest lowest peak`,
	money:       `dollars euros cents pounds`,
	aLevel: `
		balance limit quota allowance reading unique uniques uniq distinct dau wau mau maus active_users cumulative running mtd ytd
		saldo solde stand zahlerstand kontostand bestand score rating position latency median max maximum p50 p75 p90 p95 p99`,
	aMoment: `
		time timestamp ts tstamp at week epoch started ended created updated modified deleted expires expiry expiration due when unix unixtime
		posix bucket interval seen on`,
	aDate: `
		date datetime day ds dt month period start end begin since until from to hour datehour yearmonth yyyymm yyyymmdd yyyymmddhh
		yyyymmddhhmm monat mois mes mese datum 日付 日期 日時 日
		-datum -日付 -日期 -日時 -日`,
	aForeignDate: `
		datum fecha data dato zeitpunkt jour dia giorno buchungstag stichtag wertstellung valuta dagsetning paiva paivamaara tarih tarihi дата
		-datum`,
	aTimeStart: `timestamp ts time date datetime day month epoch unix ds dt`,
	aTimeUnit: `
		s sec secs seconds ms msec millis milliseconds us micros microseconds ns nanos nanoseconds
		utc gmt unix epoch local tz pt pst pdt et est iso z`,
	aDuration: `duration durations elapsed spent uptime runtime dauer duree duracion duracao durata`,
	fine:      `version revision rev lat latitude lon lng longitude`,
	aTotal: `
		total totals subtotal sum all overall gesamt gesamtsumme insgesamt summe somme totale totaal totaux suma soma somma geral razem celkem
		yhteensa totalt summa toplam итого всего 合計 総計 合计 总计 總計`,
}

// lexicon is the vocabulary by word.
var lexicon, compounds = func() (words map[string]class, ends []ending) {
	words = map[string]class{}
	for c, list := range vocabulary {
		for _, word := range strings.Fields(list) {
			if end, ok := strings.CutPrefix(word, "-"); ok {
				ends = append(ends, ending{end, c})
			} else {
				words[word] |= c
			}
		}
	}
	return words, ends
}()

// ending ends compounds of a class.
type ending struct {
	text  string
	class class
}

// is reports whether a word has one of some classes, by itself or as a compound.
func is(word string, wanted class) bool {
	own := lexicon[word]
	return own&wanted != 0 || own&noCompound == 0 && slices.ContainsFunc(compounds, func(e ending) bool {
		return e.class&wanted != 0 && len(word) > len(e.text) && strings.HasSuffix(word, e.text)
	})
}

// spelledOut writes signs and letters as the vocabulary does.
var spelledOut = strings.NewReplacer("N°", " numero ", "n°", " numero ", "ß", "ss", "ı", "i")

// measures maps the spellings of the units that may stand behind a number in a cell, in
// lower case, to the one that we use. One letter more often shortens a number (1.2M)
// than it names a unit, and days and longer more often name a term.
var measures = func() map[string]string {
	of := map[string]string{}
	for _, unit := range strings.Fields(`
		byte KB MB GB TB PB KiB MiB GiB TiB PiB bit kbps Mbps Gbps ns µs/μs ms s/sec/second min/minute h/hr/hour Wh kWh MWh GWh kW kg km
		cpu vcpu gpu core dbu event request call token query/querie row message session replay user seat credit unit item page view`) {
		spellings := strings.Split(unit, "/")
		for _, spelling := range spellings {
			spelling = strings.ToLower(spelling)
			of[spelling] = spellings[0]
			if len(spelling) > 1 {
				of[spelling+"s"] = spellings[0]
			}
		}
	}
	return of
}()

// currencyWords stand behind amounts of money where the currency has no sign.
var currencyWords = []string{"zł", "kr", "Kč", "Ft", "lei", "лв", "руб"}
