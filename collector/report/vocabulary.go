package report

import (
	"slices"
	"strings"
)

// timeClue is what a header says about bare numbers being times.
type timeClue struct {
	says   bool // they may be times
	dates  bool // six and eight digits may be a date
	hourly bool // ten digits may be a date and an hour
	serial bool // five digits may be the day number of a spreadsheet
}

// headerSays is what the words of a header say about its column.
type headerSays struct {
	identifies string   // the word by which the header identifies something; empty if it does not
	averages   string   // the word by which the cells are ratios or prices, which do not add up
	time       timeClue // whether numbers may be times
}

// readHeader finds out what a header says. Only whole words count: "rate" is not
// found in "generated".
func readHeader(header string) headerSays {
	words := strings.Split(normalise(header), "_")
	says := headerSays{averages: averageWord(words), time: timeWords(words)}
	says.identifies = identifyingWord(words)
	if says.identifies == "" {
		if i := strings.IndexAny(header, "([{"); i > 0 {
			says.identifies = identifyingWord(strings.Split(normalise(header[:i]), "_"))
		}
	}
	return says
}

// identifyingWord returns the word that makes a header the name of something
// rather than a quantity. English puts the noun last: a project version is a
// version, a version count is a count.
func identifyingWord(words []string) string {
	last := words[len(words)-1]
	if isPer(words) || countsSomething(words) {
		return ""
	}
	if slices.Contains(flagWords, words[0]) && len(words) > 1 {
		return words[0]
	}
	if numbered := last == "number" || last == "no" || last == "nr" || last == "num"; numbered && len(words) > 1 {
		return last
	}
	if slices.Contains(identifiers, last) {
		return last
	}
	if slices.Contains(calendarParts, last) && !slices.ContainsFunc(words, isQuantity) {
		return last
	}
	if slices.Contains(words, "id") && !isQuantity(last) {
		return "id"
	}
	if len(words) > 1 && slices.Contains(identifierPairs, words[len(words)-2]+"_"+last) {
		return last
	}
	return ""
}

// countsSomething tells whether a header begins like "number of" or "num", or
// speaks of an amount of something ("lines of code").
func countsSomething(words []string) bool {
	if len(words) < 2 {
		return false
	}
	if words[0] == "num" || words[0] == "n" || words[0] == "count" || words[0] == "total" && isPlural(words[len(words)-1]) {
		return true
	}
	return len(words) > 2 && words[len(words)-2] == "of" && isPlural(words[len(words)-3]) ||
		len(words) > 2 && words[1] == "of" && slices.Contains(quantities, words[0])
}

func isQuantity(word string) bool {
	return slices.Contains(quantities, word) || isPlural(word)
}

// isPlural tells whether a word looks like the plural of something countable.
func isPlural(word string) bool {
	if len(word) < 3 || !strings.HasSuffix(word, "s") || strings.HasSuffix(word, "ss") || strings.HasSuffix(word, "us") || strings.HasSuffix(word, "is") {
		return false
	}
	return !slices.Contains(identifiers, word)
}

func isPer(words []string) bool {
	i := slices.Index(words, "per")
	return i > 0 && i < len(words)-1
}

// averageWord returns the word by which the values of a column are averages.
func averageWord(words []string) string {
	if isPer(words) {
		return "per"
	}
	for _, word := range words {
		if slices.Contains(averages, word) {
			return word
		}
	}
	return ""
}

// timeWords tells whether a header says that its numbers are times: by its last
// word, units and zones aside, or by beginning with a word for a point in time.
func timeWords(words []string) timeClue {
	head := words
	for len(head) > 1 && slices.Contains(timeUnits, head[len(head)-1]) {
		head = head[:len(head)-1]
	}
	last := head[len(head)-1]
	first := words[0]
	says := slices.Contains(timeNouns, last) ||
		slices.Contains(timeStarts, first) && !isQuantity(last)
	if !says || isPer(words) {
		return timeClue{}
	}
	return timeClue{
		says:   true,
		dates:  slices.Contains(dateNouns, last) || slices.Contains(timeStarts, first),
		hourly: slices.Contains(words, "hour") || slices.Contains(words, "datehour"),
		serial: last == "date" || last == "datetime",
	}
}

// The vocabulary below was gathered from the exports of billing and analytics
// systems: AWS, Azure and Google Cloud bills, FOCUS, GitHub, OpenAI, Datadog,
// Stripe, Snowflake, web analytics and spreadsheets.
var (
	// identifiers are nouns whose numbers name things. They are singular: a user
	// is one, users are how many.
	identifiers = []string{
		"id", "uuid", "guid", "uid", "gid", "pid", "oid", "key", "code", "version", "hash", "sha", "md5", "checksum",
		"digest", "fingerprint", "signature", "token", "serial", "reference", "ref", "slug", "name", "label", "tag",
		"title", "type", "kind", "class", "category", "status", "state", "flag", "tier", "level", "priority",
		"severity", "grade", "stage", "phase", "index", "idx", "seq", "sequence", "rownum", "row", "bucket", "shard", "partition",
		"percentile", "quantile", "variant", "variation", "cohort", "group", "arm", "rule", "gate", "experiment", "layer", "holdout",
		"segment", "config", "environment", "env", "event", "metric", "dimension", "project", "account",
		"acct", "tenant", "customer", "user", "username", "member", "owner", "org", "organization", "organisation",
		"team", "workspace", "company", "vendor", "supplier", "merchant", "department", "dept", "division", "center",
		"centre", "cluster", "node", "host", "hostname", "instance", "device", "machine", "datacenter", "zone", "region",
		"location", "site", "store", "branch", "build", "release", "revision", "rev", "commit", "patch", "schema", "model",
		"sku", "product", "item", "asin", "isbn", "ean", "upc", "gtin", "vin", "imei", "imsi", "msisdn",
		"invoice", "order", "ticket", "case", "contract", "subscription", "plan", "po", "transaction", "session",
		"trace", "span", "batch", "job", "run", "task", "thread", "process", "zip", "zipcode", "postcode", "postal",
		"phone", "telephone", "tel", "fax", "ssn", "tin", "vat", "iban", "bic", "cusip", "isin", "last4", "mcc", "mnc", "asn", "ip", "ipv4", "port", "mac", "url", "uri", "path", "domain", "email", "address", "lat", "latitude",
		"lon", "lng", "longitude", "country", "city", "language", "locale", "currency",
		"weekday", "dow", "doy", "weeknum",
	}

	// calendarParts are numbers that name a part of the calendar, unless the header
	// speaks of a quantity over it (cost last month).
	calendarParts = []string{"year", "yr", "quarter", "month", "week", "day", "hour", "minute"}

	// identifierPairs are last words that name things only behind another word.
	identifierPairs = []string{"business_unit", "cost_unit", "org_unit", "organizational_unit", "card_exp", "line_item"}

	// flagWords begin the headers of yes and no, written as 1 and 0.
	flagWords = []string{"is", "has", "was", "can", "should", "are"}

	// quantities are nouns whose numbers add up, whatever stands before them.
	quantities = []string{
		"count", "cnt", "total", "sum", "qty", "quantity", "amount", "amt", "number", "num", "usage", "used", "cost", "price",
		"fee", "charge", "spend", "spent", "revenue", "tax", "discount", "credit", "balance", "volume", "size", "length",
		"duration", "elapsed", "latency", "value", "score", "rate", "ratio", "percent", "percentage", "pct", "share", "average", "avg", "mean",
		"median", "min", "max", "limit", "quota", "budget", "allowance", "spending", "consumption", "traffic", "bandwidth",
	}

	// averages are the words of quantities that do not add up.
	averages = []string{
		"price", "prices", "rate", "rates", "ratio", "ratios", "percent", "percentage", "pct", "share", "average", "avg", "mean",
	}

	// timeNouns end the headers of times.
	timeNouns = []string{
		"time", "timestamp", "ts", "tstamp", "datetime", "date", "day", "ds", "dt", "at", "month", "hour", "week", "period", "epoch",
		"start", "end", "begin", "started", "ended", "since", "until", "from", "to", "created", "updated", "modified", "deleted",
		"expires", "expiry", "expiration", "due", "when", "unix", "unixtime", "posix", "datehour", "yearmonth", "yyyymm", "yyyymmdd", "bucket", "interval", "seen", "on",
	}

	// dateNouns end the headers of times that may be written as 202601 or 20260102.
	dateNouns = []string{
		"date", "datetime", "day", "ds", "dt", "month", "period", "start", "end", "begin", "since", "until", "from", "to", "hour",
		"datehour", "yearmonth", "yyyymm", "yyyymmdd",
	}

	// timeStarts begin the headers of times.
	timeStarts = []string{"timestamp", "ts", "time", "date", "datetime", "day", "month", "epoch", "unix", "ds", "dt"}

	// timeUnits may stand behind the noun of a time.
	timeUnits = []string{
		"s", "sec", "secs", "seconds", "ms", "msec", "millis", "milliseconds", "us", "micros", "microseconds", "ns", "nanos",
		"nanoseconds", "utc", "gmt", "unix", "epoch", "local", "tz", "pt", "pst", "pdt", "et", "est", "iso", "z",
	}
)
