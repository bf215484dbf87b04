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

// core matches what stands between the first and the last digit of a cell, decimals
// that begin with the sign included.
var core = regexp.MustCompile(`[.,]?[0-9](?:.*[0-9])?`)

// checkNumber holds what parse accepts to what strconv says of its digits alone.
func checkNumber(t fatal, cell string, decimal byte) {
	got := numberFormat{decimal: decimal}.parse([]byte(cell))
	if !got.ok {
		return
	}
	digits, exponent, _ := strings.Cut(strings.ToLower(core.FindString(cell)), "e")
	digits = strings.Map(func(c rune) rune {
		switch {
		case c == rune(decimal):
			return '.'
		case c < '0' || c > '9':
			return -1
		}
		return c
	}, digits)
	power, _ := strconv.Atoi(exponent)
	if strings.Contains(cell, "%") {
		power -= 2
	}
	want, err := strconv.ParseFloat(fmt.Sprintf("%se%d", digits, power), 64)
	if err != nil || math.Abs(got.value) != want {
		t.Fatalf("%q with %q is %v, and its digits are %v (%v)", cell, decimal, got.value, want, err)
	}
	if math.IsNaN(got.value) || math.IsInf(got.value, 0) || got.value == 0 && math.Signbit(got.value) {
		t.Fatalf("%q is %v", cell, got.value)
	}
}

func TestANumberIsWorthItsDigits(t *testing.T) {
	pieces := []string{
		"0", "1", "12", "123", "000", "007", "999", ".", ",", "'", "’", " ", "\u00a0", "\u202f", "-", "+", "−", "$", "€", "R$", "US$", "e", "E",
		"e5", "E-3", "%", "_", "x", "0x", "NaN", "Inf", "٣", "\xff", "12345678901234567890", "e400", "e-400", "(", ")", "USD ", "EUR", "GB", "hrs",
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "pieces"), "")
		checkNumber(t, string(trim([]byte(cell))), rapid.SampledFrom([]byte(".,")).Draw(t, "decimal"))
	})
}

func TestEveryFloatIsReadAsStrconvReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		format := rapid.SampledFrom([]byte("efg")).Draw(t, "format")
		text := strconv.FormatFloat(f, format, rapid.IntRange(-1, 20).Draw(t, "precision"), 64)
		want, err := strconv.ParseFloat(text, 64)
		n := numberFormat{decimal: '.'}.parse([]byte(text))
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
		"007": math.NaN(), "-007": math.NaN(), "007.5": 7.5, "00e1": math.NaN(), "1 234 56": math.NaN(), "1,234 567": math.NaN(),
		"-%5": math.NaN(), "- 5": math.NaN(), "- 5%": math.NaN(), "$5%": math.NaN(), "1e3,000": math.NaN(),
		"(5.50)": -5.5, "($12.34)": -12.34, "$(7.66)": -7.66, "(12 EUR)": -12, "(5)%": -0.05, "(5": math.NaN(), "5)": math.NaN(), "-(5)": math.NaN(), "(-5)": math.NaN(),
		"20.00-": -20, "20.00−": -20, "20 USD-": -20, "-20-": math.NaN(), "+ $80.00": 80, "- $1,000.00": -1000, "- 5 €": math.NaN(), "100.00$": 100,
		"USD 12.30": 12.3, "12.30 EUR": 12.3, "12EUR": 12, "USD 5 EUR": math.NaN(), "usd 5": math.NaN(), "ABC 5": math.NaN(), "USD": math.NaN(),
		"12 GB": 12, "0.5 gb": 0.5, "3.5 hrs": 3.5, "1 hr": 1, "5 s": 5, "7 events": 7, "3 queries": 3, "1.2M": math.NaN(), "10 AM": math.NaN(), "30 days": math.NaN(), "5 GB/s": math.NaN(), "1 2 GB": math.NaN(),
		"1,23,456.00": 123456, "12,34,567.5": 1234567.5, "₹1,00,000": 100000, "123,45,678": math.NaN(), "1,234,56,789": math.NaN(), "1,23,45": math.NaN(), "1 23 456": math.NaN(),
	} {
		n := numberFormat{decimal: '.'}.parse([]byte(cell))
		if n.ok == math.IsNaN(want) || n.ok && n.value != want {
			t.Errorf("%q is %v, %v, and should be %v", cell, n.value, n.ok, want)
		}
		if n.ok && n.value == 0 && math.Signbit(n.value) {
			t.Errorf("%q is minus zero", cell)
		}
	}
}

func TestWhatStandsBesideTheDigitsIsKnown(t *testing.T) {
	for cell, want := range map[string]number{
		"12":               {ok: true},
		"1.5":              {amount: true, ok: true},
		"-1":               {amount: true, ok: true},
		"1,234":            {ok: true},
		"007":              {padded: true},
		"9007199254740993": {huge: true, ok: true},
		"9007199254740991": {ok: true},
		"US$ 3":            {unit: "US$", amount: true, ok: true},
		"3 gb":             {unit: "GB", amount: true, ok: true},
		"3 hours":          {unit: "h", amount: true, ok: true},
		"EUR 3":            {unit: "EUR", amount: true, ok: true},
		"3 %":              {unit: "%", amount: true, ok: true},
	} {
		got := numberFormat{decimal: '.'}.parse([]byte(cell))
		if got.value = 0; got != want {
			t.Errorf("%q is %+v, want %+v", cell, got, want)
		}
	}
}

func TestADurationIsRead(t *testing.T) {
	for cell, want := range map[string]float64{
		"00:10:30": 630, "101:00:15": 363615, "0:00:00.5": 0.5, "1:60:00": math.NaN(), "1:00:60": math.NaN(), "1:2:03": math.NaN(), "10:30": math.NaN(), "a:10:30": math.NaN(), "1:00:5": math.NaN(),
	} {
		n := numberFormat{decimal: '.', clock: true}.parse([]byte(cell))
		if n.ok == math.IsNaN(want) || n.ok && n.value != want {
			t.Errorf("%q is %v, %v, and should be %v", cell, n.value, n.ok, want)
		}
		if n := (numberFormat{decimal: '.'}).parse([]byte(cell)); n.ok {
			t.Errorf("%q is a number where the header does not say duration", cell)
		}
	}
}
