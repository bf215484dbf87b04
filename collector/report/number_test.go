package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// strictNumber is the grammar of numbers, written down once more: a sign and a
// currency in either order, digits with or without thousands, decimals, an
// exponent where there are no thousands, and per cent or a currency behind it.
func strictNumber(decimal string) *regexp.Regexp {
	thousands := "[.]"
	if decimal == "." {
		thousands = ","
	}
	const space = `[\s\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\v]*`
	var grouped []string
	for _, s := range []string{thousands, " ", "\u00a0", "\u2009", "\u202f", "'", "’"} {
		grouped = append(grouped, `[1-9]\d{0,2}(?:`+s+`\d{3})+`)
	}
	point := regexp.QuoteMeta(decimal)
	fraction := `(?:` + point + `\d*)?`
	number := `(?:(?:` + strings.Join(grouped, "|") + `)` + fraction + `|(?:\d+` + fraction + `|` + point + `\d+)(?:[eE][+-]?\d{1,4})?)`
	currency := `[A-Za-z]{0,3}\p{Sc}`
	front := `(?:[-+−]` + currency + space + `|` + currency + space + `[-+−]?)`
	return regexp.MustCompile(`^(?:` + front + number + `|[-+−]?` + number + `(?:` + space + `(?:%|\p{Sc}))?)$`)
}

var strictNumbers = map[byte]*regexp.Regexp{'.': strictNumber("."), ',': strictNumber(",")}

// strictValue is what strconv makes of a cell that the grammar accepts, once it
// has been cleaned; ok is false where the cell is a code with leading zeros or no
// finite number.
func strictValue(cell string, decimal byte) (value float64, ok bool) {
	var clean strings.Builder
	for _, c := range cell {
		switch {
		case c == '−':
			clean.WriteByte('-')
		case c == rune(decimal):
			clean.WriteByte('.')
		case c >= '0' && c <= '9', c == '-', c == '+', c == 'e', c == 'E':
			clean.WriteRune(c)
		}
	}
	text := clean.String()
	if i := strings.IndexAny(cell, "$€£¥"); i >= 0 { // the letters of a currency
		text = strings.TrimLeft(text, "eE")
		if len(text) > 1 && (text[0] == '-' || text[0] == '+') {
			text = text[:1] + strings.TrimLeft(text[1:], "eE")
		}
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	if fraction == "" && len(whole) > 1 && whole[0] == '0' {
		return 0, false
	}
	power, _ := strconv.Atoi(exponent)
	if strings.HasSuffix(cell, "%") {
		power -= 2
	}
	value, err := strconv.ParseFloat(fmt.Sprintf("%se%d", mantissa, power), 64)
	return value, err == nil
}

func checkNumber(t fatal, cell string, decimal byte) {
	got := parseNumber([]byte(cell), decimal)
	var want float64
	ok := strictNumbers[decimal].MatchString(cell)
	if ok {
		want, ok = strictValue(cell, decimal)
	}
	if got.ok != ok || ok && got.value != want {
		t.Fatalf("%q with %q is %v, %v; and should be %v, %v", cell, decimal, got.value, got.ok, want, ok)
	}
	if got.ok && (math.IsNaN(got.value) || math.IsInf(got.value, 0) || got.value == 0 && math.Signbit(got.value)) {
		t.Fatalf("%q is %v", cell, got.value)
	}
}

func TestANumberIsWhatTheGrammarAcceptsAndWorthWhatStrconvSays(t *testing.T) {
	pieces := []string{
		"0", "1", "12", "123", "000", "007", "999", ".", ",", "'", "’", " ", "\u00a0", "\u202f", "-", "+", "−", "$", "€", "R$", "US$", "e", "E",
		"e5", "E-3", "%", "_", "x", "0x", "NaN", "Inf", "٣", "\xff", "12345678901234567890", "e400", "e-400",
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "pieces"), "")
		decimal := rapid.SampledFrom([]byte(".,")).Draw(t, "decimal")
		checkNumber(t, string(trim([]byte(cell))), decimal)
	})
}

func TestEveryFloatIsReadAsStrconvReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		format := rapid.SampledFrom([]byte("efg")).Draw(t, "format")
		text := strconv.FormatFloat(f, format, rapid.IntRange(-1, 20).Draw(t, "precision"), 64)
		want, err := strconv.ParseFloat(text, 64)
		n := parseNumber([]byte(text), '.')
		if n.ok != (err == nil) || n.ok && n.value != want {
			t.Fatalf("%s is %v, %v; strconv says %v, %v", text, n.value, n.ok, want, err)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, cell := range []string{"1,234.50", "-$5", "R$ 1.234,56", "12,5 €", "7%", "1e5", "007", "1'000", "−1", ".5", "5."} {
		f.Add(cell, true)
	}
	f.Fuzz(func(t *testing.T, cell string, point bool) {
		decimal := byte(',')
		if point {
			decimal = '.'
		}
		checkNumber(t, string(trim([]byte(cell))), decimal)
	})
}

func TestNumbersOfAllKinds(t *testing.T) {
	for cell, want := range map[string]float64{
		"0": 0, "-0": 0, "-0.00": 0, "-$0.00": 0, "-0e5": 0, "5": 5, "-5": -5, "+5": 5, ".5": 0.5, "1.": 1, "1,234.": 1234, ".": math.NaN(), "007.": math.NaN(), "1e3": 1000, "2.5E-2": 0.025,
		"1,234": 1234, "1,234,567.89": 1234567.89, "1 234": 1234, "1'234.5": 1234.5, "1,23": math.NaN(), "1,2345": math.NaN(), "0,123": math.NaN(),
		"$1.50": 1.5, "-$1.50": -1.5, "$-1.50": -1.5, "€ 2": 2, "2 €": 2, "US$ 3": 3, "$3 €": math.NaN(), "--1": math.NaN(), "-$-1": math.NaN(),
		"12%": 0.12, "12.5 %": 0.125, "%": math.NaN(), "$": math.NaN(), "1_000": math.NaN(), "0x10": math.NaN(), "Inf": math.NaN(), "1e999": math.NaN(),
		"007": math.NaN(), "-007": math.NaN(), "007.5": 7.5, "00e1": math.NaN(), "1 234 56": math.NaN(), "1,234 567": math.NaN(), "12 GB": math.NaN(),
		"-%5": math.NaN(), "- 5": math.NaN(), "- 5%": math.NaN(), "$5%": math.NaN(), "1e3,000": math.NaN(),
	} {
		n := parseNumber([]byte(cell), '.')
		if n.ok == math.IsNaN(want) || n.ok && n.value != want {
			t.Errorf("%q is %v, %v, and should be %v", cell, n.value, n.ok, want)
		}
		if n.ok && n.value == 0 && math.Signbit(n.value) {
			t.Errorf("%q is minus zero", cell)
		}
	}
}
