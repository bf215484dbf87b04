package backfill_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

const dayAndMonth = `
windows: [{name: by_day, period: day}, {name: month, period: month}]
projects: [{name: a, api_key: console-key-of-a}]
`

func TestAMonthWhoseReportCarriesDaysIsWrittenAsItsDaysAre(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Kolkata"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip(err)
		}
		synctest.Test(t, func(t *testing.T) {
			p := newPast(t, "global: {timezone: "+zone+"}\n"+dayAndMonth, func(o *statsigtest.Options) { o.Location = location })
			p.options.Window = "month"
			months := p.write(p.plan("1999-08-31", "1999-11-02"))
			// August begins before the 31st, and November has not ended by the 2nd.
			if n := len(p.requests()); n != 2 {
				t.Errorf("%s: %d requests for two months", zone, n)
			}
			p.options.Window = "by_day"
			b := p.plan("1999-08-31", "1999-11-02")
			for _, line := range strings.Split(p.write(b), "\n") {
				// The days around the two months are left out.
				if at := timeOf(t, line); !at.After(time.Date(1999, 9, 1, 0, 0, 0, 0, location)) || at.After(time.Date(1999, 11, 1, 0, 0, 0, 0, location)) {
					continue
				}
				if !strings.Contains(months, line+"\n") {
					t.Fatalf("%s: the months lack %s", zone, line)
				}
				months = strings.Replace(months, line+"\n", "", 1)
			}
			if strings.Contains(months, "\nstatsig_usage") {
				t.Errorf("%s: the months have in addition\n%s", zone, months)
			}
		})
	}
}

// timeOf returns the time of a line with a sample, or none.
func timeOf(t *testing.T, line string) time.Time {
	t.Helper()
	if line == "" || line[0] == '#' {
		return time.Time{}
	}
	var seconds int64
	if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &seconds); err != nil {
		t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

// writeMonths writes what becomes of reports, by the month they are of.
func writeMonths(t *testing.T, reports map[time.Month]string) (text, log string) {
	t.Helper()
	p := newPast(t, dayAndMonth)
	p.options.Window = "month"
	b := p.plan("1999-10-01", "2000-01-01")
	for _, month := range []time.Month{time.October, time.November, time.December} {
		p.api.Inject("a", statsigtest.CSV(reports[month]).For(1))
	}
	text = p.write(b)
	return text, p.log.String()
}

func TestWhatASampleOfAMonthStandsForIsDecidedFromTheReports(t *testing.T) {
	const (
		whole = `window="month"} %v %d` + "\n"
		day   = `window="by_day"} %v %d` + "\n"
	)
	end := func(month time.Month, day int) int64 {
		return time.Date(1999, month, day+1, 0, 0, 0, 0, time.UTC).Unix()
	}
	for name, c := range map[string]struct {
		reports map[time.Month]string
		want    []string
		warning string
	}{
		"no times": {
			map[time.Month]string{10: "event,n\nx,1\n", 11: "event,n\nx,2\n", 12: "event,n\nx,3\n"},
			[]string{fmt.Sprintf(whole, 1, end(10, 31)), fmt.Sprintf(whole, 2, end(11, 30)), fmt.Sprintf(whole, 3, end(12, 31))},
			"",
		},
		"single days alone": {
			map[time.Month]string{10: "ds,n\n1999-10-01,1\n1999-10-01,1\n", 11: "ds,n\n1999-11-01,2\n", 12: "ds,n\n1999-12-01,3\n"},
			[]string{fmt.Sprintf(whole, 2, end(10, 31)), fmt.Sprintf(whole, 2, end(11, 30)), fmt.Sprintf(whole, 3, end(12, 31))},
			"",
		},
		"a single day beside others": {
			map[time.Month]string{10: "ds,n\n1999-10-31,1\n", 11: "ds,n\n1999-11-29,2\n1999-11-03,2.5\n", 12: "other\n7\n"},
			[]string{fmt.Sprintf(day, 1, end(10, 31)), fmt.Sprintf(day, 2, end(11, 29)), fmt.Sprintf(day, 2.5, end(11, 3)), fmt.Sprintf(whole, 7, end(12, 31))},
			`msg="Columns of the report are others than in the period after it" project=a period=1999-11`,
		},
		"a row without a time": {
			map[time.Month]string{10: "ds,n\n1999-10-30,1\n1999-10-31,2\n-,4\n", 11: "ds,n\n1999-11-01,1\n1999-11-02,2\n", 12: "ds,n\n1999-12-01,1\n1999-12-02,2\n"},
			[]string{
				fmt.Sprintf(whole, 7, end(10, 31)), fmt.Sprintf(day, 1, end(11, 1)), fmt.Sprintf(day, 2, end(11, 2)),
				fmt.Sprintf(day, 1, end(12, 1)), fmt.Sprintf(day, 2, end(12, 2)),
			},
			"it is written as one sample of the whole period\" project=a period=1999-10 days=2 undated=1",
		},
		"a day outside": {
			map[time.Month]string{10: "ds,n\n1999-09-30,1\n1999-10-31,2\n", 11: "", 12: "ds,n\n1999-12-01,1\n1999-12-02,2\n"},
			[]string{fmt.Sprintf(whole, 3, end(10, 31)), fmt.Sprintf(day, 1, end(12, 1)), fmt.Sprintf(day, 2, end(12, 2))},
			"it is written as one sample of the whole period\" project=a period=1999-10 days=2 undated=0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				text, log := writeMonths(t, c.reports)
				for _, want := range c.want {
					if !strings.Contains(text, want) {
						t.Errorf("there is no %q in\n%s", want, text)
					}
				}
				if n := strings.Count(text, "\nstatsig_usage_"); n != len(c.want) {
					t.Errorf("%d samples in\n%s", n, text)
				}
				if !strings.Contains(log, c.warning) || c.warning == "" && log != "" {
					t.Errorf("the log is %s", log)
				}
			})
		})
	}
}
