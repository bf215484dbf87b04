package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNoAdditionIsLost adds numbers that cancel out, in each order and fold.
func TestNoAdditionIsLost(t *testing.T) {
	rows := []string{"a,x,1e16\n", "a,y,3\n", "b,y,-1e16\n", "b,x,0.5\n"}
	for seed := range 24 {
		text, rest := "n,m,v\n", slices.Clone(rows)
		for i, k := len(rows), seed; i > 0; i-- {
			text += rest[k%i]
			rest = slices.Delete(rest, k%i, k%i+1)
			k /= i
		}
		opts := DefaultOptions()
		opts.SeriesLimit = 1
		folded := mustRead(t, text, opts)
		if got := summary(folded); got != `v["other" "other"]=3.5` || folded.Metrics[0].Total != 3.5 {
			t.Errorf("%q: %s, total %v", text, got, folded.Metrics[0].Total)
		}
	}
}

func TestOfEqualSeriesThoseWithTheFirstLabelValuesAreKept(t *testing.T) {
	for _, text := range []string{"zone,app,v\na,2,1\nb,1,-1\nc,3,1\n", "v,app,zone\n-1,1,b\n1,3,c\n1,2,a\n"} {
		opts := DefaultOptions()
		opts.SeriesLimit = 2
		for overflow, want := range map[Overflow]string{OverflowFold: `v["1" "b"]=-1 v["other" "other"]=2`, OverflowDrop: `v["1" "b"]=-1 v["2" "a"]=1`} {
			opts.Overflow = overflow
			if got := summary(mustRead(t, text, opts)); got != want {
				t.Errorf("%q, %s: %s, and should be %s", text, overflow, got, want)
			}
		}
	}
}

func TestFoldByMattersOnlyWhenSeriesAreFolded(t *testing.T) {
	opts := DefaultOptions()
	opts.FoldBy = "statsig_usage_absent"
	const text = "n,v\na,1\nb,2\nc,3\n"
	mustRead(t, text, opts)
	opts.SeriesLimit = 2
	_, err := Read(csvText(text), Request{Options: opts})
	if errorText(err) != `fold_by names "statsig_usage_absent", and no value column of the report has that metric` {
		t.Errorf("%v", err)
	}
}

func TestAnErrorQuotesNoCell(t *testing.T) {
	const secret = "console-sesame"
	opts := DefaultOptions()
	opts.SeriesLimit = 1
	rows := ""
	for i := range 30 {
		rows += fmt.Sprintf("%s%d,1\n", secret, i)
	}
	for _, text := range []string{
		"n,v\n\"" + secret + "\n", "n,v\na,1\n" + secret, "n,v\n\"a\"" + secret + ",1,2\n", "n,v\n" + rows,
		"n,v\n" + secret + "\n", secret + "\n",
	} {
		_, err := Read(csvText(text), Request{Options: opts})
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	r := mustRead(t, "n,v,w\n"+secret+",1,"+secret+"\n", DefaultOptions())
	for _, c := range r.Mapping.Columns {
		if strings.Contains(c.Why, "sesame") {
			t.Errorf("%s", c.Why)
		}
	}
}

// wide is a report of many series, each with long labels or many values.
func wide(series, labelBytes, values int) string {
	var b strings.Builder
	b.WriteString("event,user" + strings.Repeat(",units", values) + "\n")
	label, row := strings.Repeat("x", labelBytes), strings.Repeat(",1", values)+"\n"
	for i := range series {
		b.WriteString("e," + label + strconv.Itoa(i) + row)
	}
	return b.String()
}

func TestWhatSeriesTakeIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"labels": wide(155_000, 1000, 1),
		"cells":  wide(20_000, 10, 400),
	} {
		_, err := readText(text)
		if err == nil || !strings.Contains(err.Error(), `take more than 144 MiB`) || !strings.Contains(err.Error(), `column "user" alone has`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
