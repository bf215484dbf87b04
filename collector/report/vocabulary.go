package report

import "strings"

// The vocabulary was gathered from the exports of billing and analytics
// systems: AWS, Azure and Google Cloud bills, FOCUS, GitHub, OpenAI, Datadog,
// Stripe, Snowflake, web analytics, and spreadsheets of several languages. All
// words are in lower case and without accents.

// spelledOut writes signs and letters as the vocabulary does.
var spelledOut = strings.NewReplacer("N°", " numero ", "n°", " numero ", "ß", "ss", "ı", "i")

// names are nouns whose numbers name something, whatever stands before them.
var names = []string{
	"id", "ids", "identifier", "uuid", "guid", "key", "code", "version", "hash", "sha", "md5", "checksum", "digest", "fingerprint", "signature",
	"serial", "reference", "ref", "slug", "name", "label", "tag", "title", "type", "kind", "class", "category", "status", "state",
	"flag", "tier", "level", "priority", "severity", "grade", "index", "idx", "seq", "sequence", "ordinal", "percentile", "quantile",
	"zip", "zipcode", "postcode", "postal", "plz", "cep", "phone", "telephone", "tel", "fax", "ext", "extension", "ssn", "tin", "ein",
	"npi", "duns", "siret", "siren", "cnpj", "cpf", "gstin", "iban", "bic", "cusip", "isin", "last4", "mcc", "mnc",
	"naics", "asin", "isbn", "ean", "upc", "gtin", "barcode", "vin", "imei", "imsi", "iccid", "msisdn", "asn", "ip", "ipv4", "mac", "vlan",
	"src", "dst", "srcport", "dstport", "lat", "latitude", "lon", "lng", "longitude", "currency", "username", "sku", "schema", "from", "to",
	"dow", "doy", "weekday", "weeknum", "rownum", "locale", "language", "revision", "rev",
	"codigo", "codice", "identifiant", "konto", "cuenta", "compte", "conto", "nif", "cif", "mid",
	"番号", "编号", "編號", "コード", "代码",
}

// nameSuffixes end compounds that name something.
var nameSuffixes = []string{
	"id", "uuid", "guid", "code", "number", "version", "key", "hash", "name", "year", "nummer", "nr", "stelle", "leitzahl", "kennung",
	"schlussel", "flags", "番号", "编号", "編號", "コード", "代码",
}

// noNames are words that only look like such a compound.
var noNames = []string{
	"paid", "unpaid", "prepaid", "postpaid", "repaid", "overpaid", "underpaid", "bid", "underbid", "outbid", "rebid", "grid", "valid", "invalid",
	"void", "avoid", "liquid", "fluid", "solid", "rapid", "hybrid", "aid", "raid", "kid", "lid", "said", "laid", "acid", "covid", "android",
	"amid", "rid", "squid", "overlaid", "plaid", "humid", "vivid", "rigid", "arid", "candid", "splendid", "unbid", "hid", "skid", "monkey",
	"turkey", "hockey", "whiskey", "donkey", "jockey", "conversion", "inversion", "diversion", "reversion", "subversion", "droid", "opioid", "steroid", "centroid", "encode", "decode", "transcode", "number", "rename", "midyear", "unicode", "leapyear",
}

// things are nouns whose numbers name one of them. They are singular: a user is
// one, users are how many; and an active user is how many again.
var things = []string{
	"uid", "gid", "pid", "oid", "stage", "phase", "row", "line", "page", "record", "entry", "bucket", "shard", "partition",
	"variant", "variation", "cohort", "group", "arm", "rule", "gate", "experiment", "layer", "holdout", "segment", "config", "environment",
	"env", "event", "metric", "dimension", "project", "account", "acct", "tenant", "customer", "client", "user", "member", "owner", "employee",
	"person", "partner", "org", "organization", "organisation", "team", "workspace", "company", "vendor", "supplier", "merchant",
	"department", "dept", "division", "center", "centre", "cluster", "node", "host", "instance", "device", "machine", "datacenter", "zone",
	"region", "location", "site", "store", "branch", "build", "release", "commit", "patch", "model", "product", "item", "asset", "resource",
	"entity", "object", "parent", "app", "application", "campaign", "channel", "source", "invoice", "order", "ticket", "case", "contract",
	"subscription", "plan", "po", "transaction", "session", "trace", "span", "batch", "job", "run", "task", "thread", "process", "port",
	"protocol", "caller", "callee", "cli", "ani", "sender", "recipient", "receiver", "payer", "payee", "author", "assignee", "requester", "country", "city", "term", "sprint", "iteration", "cliente", "facture", "factura", "fattura", "kunde", "rechnung",
}

// countingWords before a thing make it how many: active user.
var countingWords = []string{
	"active", "inactive", "new", "unique", "distinct", "returning", "total", "sum", "avg", "average", "mean", "median", "max", "min", "peak",
	"billable", "billed", "unbilled", "paid", "daily", "weekly", "monthly", "cumulative", "failed", "completed", "successful", "closed",
	"opened", "resolved", "processed", "concurrent", "count",
}

// countStarts begin the headers of counts.
var countStarts = []string{"num", "n", "nb", "nbr", "count", "cnt", "total", "sum", "anzahl", "nombre", "qty"}

// numberWords are either how many (number of users) or which (order number).
var numberWords = []string{"number", "num", "no", "nr", "nbr", "numero", "nummer"}

// calendarParts are numbers that name a part of the calendar, unless the header
// speaks of a quantity over it (cost last month).
var calendarParts = []string{
	"year", "yr", "fy", "quarter", "qtr", "semester", "month", "week", "day", "hour", "minute", "period",
	"jahr", "quartal", "monat", "woche", "tag", "annee", "mois", "semaine", "trimestre", "ano", "mes", "semana", "anno", "mese",
	"年", "月", "年月", "年度",
}

// relativeWords before a part of the calendar make it the heading of amounts.
var relativeWords = []string{"this", "last", "current", "previous", "prior", "next"}

// billedWords are quantities that say of a period only what happens in it.
var billedWords = []string{"usage", "used", "charge", "credit", "tax", "discount"}

// units stand in brackets behind a quantity, or before the time it is taken for.
var units = []string{
	"b", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "gi", "byte", "bit", "mbps", "gbps", "vcpu", "cpu", "gpu", "tpu", "core", "dbu",
	"kwh", "mwh", "wh", "kw", "kg", "km", "unit", "instance", "node", "seat", "man", "person", "usd", "eur", "gbp", "chf", "jpy", "brl", "cad", "aud",
	"inr", "cny", "s", "sec", "ms", "us", "ns", "min", "h", "hr", "hour", "pct", "k", "m", "mm", "bn",
}

// namingPairs are last words that name things only behind another word.
var namingPairs = []string{
	"business_unit", "cost_unit", "org_unit", "organizational_unit", "organisational_unit", "card_exp", "line_item", "last_4", "last_four",
}

// prepositions lead to what only describes the noun before them.
var prepositions = []string{
	"of", "for", "by", "in", "at", "from", "with", "without", "over", "under", "since", "until", "via", "after", "before", "on",
	"de", "du", "des", "di", "del", "do", "da", "von", "pour", "para",
}

// flagWords begin the headers of yes and no, written as 1 and 0.
var flagWords = []string{"is", "has", "was", "can", "should", "are"}

// adjectives end the headers of yes and no, written as 1 and 0.
var adjectives = []string{
	"active", "inactive", "enabled", "disabled", "billable", "billed", "deleted", "archived", "valid", "internal", "public", "private", "paid", "refunded",
}

// quantities are nouns whose numbers are amounts, whatever stands before them.
var quantities = []string{
	"count", "cnt", "total", "sum", "qty", "quantity", "amount", "amt", "number", "num", "usage", "used", "cost", "price",
	"fee", "charge", "spend", "spent", "revenue", "tax", "discount", "credit", "balance", "volume", "size", "length",
	"duration", "elapsed", "latency", "value", "score", "rate", "ratio", "percent", "percentage", "pct", "share", "average", "avg", "mean",
	"median", "min", "max", "limit", "quota", "budget", "allowance", "spending", "consumption", "traffic", "bandwidth",
	"betrag", "menge", "anzahl", "kosten", "summe", "montant", "cout", "importe", "valor", "custo", "coste", "cantidad", "quantidade",
}

// averages are the words of quantities that do not add up.
var averages = []string{
	"price", "prices", "rate", "rates", "ratio", "ratios", "percent", "percentage", "pct", "share", "average", "avg", "mean",
	"preis", "prozent", "anteil", "durchschnitt", "mittelwert", "prix", "taux", "moyenne", "pourcentage", "precio", "tasa", "promedio",
	"porcentaje", "preco", "percentual", "prezzo", "tasso", "percentuale", "cena", "单价", "単価",
}

// averageSuffixes end compounds that are averages.
var averageSuffixes = []string{"preis", "prozent", "単価", "单价", "率"}

// timeNouns end the headers of times.
var timeNouns = []string{
	"time", "timestamp", "ts", "tstamp", "datetime", "date", "day", "ds", "dt", "at", "month", "hour", "week", "period", "epoch",
	"start", "end", "begin", "started", "ended", "since", "until", "from", "to", "created", "updated", "modified", "deleted",
	"expires", "expiry", "expiration", "due", "when", "unix", "unixtime", "posix", "datehour", "yearmonth", "yyyymm", "yyyymmdd",
	"yyyymmddhh", "yyyymmddhhmm", "bucket", "interval", "seen", "on", "monat", "mois", "mes", "mese",
}

// dateNouns end the headers of times that may be written as 202601 or 20260102.
var dateNouns = []string{
	"date", "datetime", "day", "ds", "dt", "month", "period", "start", "end", "begin", "since", "until", "from", "to", "hour",
	"datehour", "yearmonth", "yyyymm", "yyyymmdd", "yyyymmddhh", "yyyymmddhhmm", "monat", "mois", "mes", "mese",
}

// foreignDates are dates in languages that write the day before the month.
var foreignDates = []string{
	"datum", "fecha", "data", "dato", "zeitpunkt", "jour", "dia", "giorno", "buchungstag", "stichtag", "wertstellung", "valuta",
	"dagsetning", "paiva", "paivamaara", "tarih", "tarihi", "дата",
}

// timeSuffixes end compounds that are dates.
var timeSuffixes = []string{"datum", "日付", "日期", "日時", "日"}

// timeStarts begin the headers of times.
var timeStarts = []string{"timestamp", "ts", "time", "date", "datetime", "day", "month", "epoch", "unix", "ds", "dt"}

// timeUnits may stand behind the noun of a time.
var timeUnits = []string{
	"s", "sec", "secs", "seconds", "ms", "msec", "millis", "milliseconds", "us", "micros", "microseconds", "ns", "nanos",
	"nanoseconds", "utc", "gmt", "unix", "epoch", "local", "tz", "pt", "pst", "pdt", "et", "est", "iso", "z",
}

// durations are the words of headers whose cells may be h:mm:ss.
var durations = []string{
	"duration", "durations", "elapsed", "spent", "uptime", "runtime", "dauer", "duree", "duracion", "duracao", "durata",
}

// finelyNamed are the names whose numbers have decimals or a minus.
var finelyNamed = []string{"version", "revision", "rev", "lat", "latitude", "lon", "lng", "longitude"}

// totalWords stand in the label or the time of a row that is the total of others.
var totalWords = []string{
	"total", "totals", "subtotal", "sum", "all", "overall", "gesamt", "gesamtsumme", "insgesamt", "summe", "somme", "totale", "totaal", "totaux",
	"suma", "soma", "somma", "geral", "razem", "celkem", "yhteensa", "totalt", "summa", "toplam", "итого", "всего", "合計", "総計", "合计", "总计", "總計",
}

// averagers make an average of the quantity behind them.
var averagers = []string{"average", "avg", "mean", "durchschnitt", "mittelwert", "moyenne", "promedio"}

// moneyWords may stand behind a price without being its noun.
var moneyWords = []string{"dollars", "euros", "cents", "pounds"}

// levels are words of quantities that are read off, counted or reckoned anew each
// time, so that they do not add up over rows.
var levels = []string{
	"balance", "limit", "quota", "allowance", "reading", "unique", "uniques", "uniq", "distinct", "dau", "wau", "mau", "maus", "active users",
	"cumulative", "running", "mtd", "ytd", "saldo", "solde", "stand", "zahlerstand", "kontostand", "bestand",
	"score", "rating", "position", "latency", "median", "max", "maximum", "p50", "p75", "p90", "p95", "p99",
}

// currencyWords stand behind amounts of money where the currency has no sign.
var currencyWords = []string{"zł", "kr", "Kč", "Ft", "lei", "лв", "руб"}
