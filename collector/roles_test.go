package collector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

const twoWindows = "windows: [{name: day, period: day}, {name: week, period: week}]\n" + single

// columns returns the roles that are served of a window, by column.
func (w *world) columns(window string) string {
	for _, s := range w.collector.Status() {
		if s.Window.Name != window || s.Snapshot == nil {
			continue
		}
		var all []string
		for _, c := range s.Snapshot.Report.Mapping.Columns {
			all = append(all, fmt.Sprintf("%s:%s", c.Name, c.Role))
		}
		return strings.Join(all, " ")
	}
	return ""
}

// schemaChanges returns what is counted for a window.
func schemaChanges(window string) string {
	return `statsig_exporter_schema_changes_total{project="a",window="` + window + `"}`
}

func csv(report string) statsigtest.Fault { return statsigtest.CSV(report).For(1) }

const (
	day  = 24 * time.Hour
	week = 7 * day
)

func TestRolesAreKeptOverAllWindowsOfAProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, twoWindows)
		// On their own, the cells of the later reports would make size a label.
		w.answerWith(map[time.Duration]string{day: "event,events,size\nx,1,5\n", week: "event,events,size\nx,1,big\ny,2,small\n"})
		w.start()
		defer w.stop()
		pass(time.Minute)
		if got, want := w.columns("week"), "event:label events:value size:value"; got != want {
			t.Errorf("the other window has %s, want %s", got, want)
		}
		w.scrape("").want(t, page{`statsig_exporter_report_skipped{project="a",reason="not_a_number",window="week"}`: 2})
		w.answerWith(map[time.Duration]string{day: "size,event,events\nbig,x,1\n", week: "size,event,events\nbig,x,1\n"})
		pass(64 * time.Minute)
		for _, window := range []string{"day", "week"} {
			w.scrape("").want(t, page{schemaChanges(window): 0})
			if got, want := w.columns(window), "size:value event:label events:value"; got != want {
				t.Errorf("%s: the next poll has %s, want %s", window, got, want)
			}
		}
	})
}

func TestWindowsWithDifferentHeadersKeepTheirOwnRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, twoWindows)
		short := func(size string) string { return "event,events,size\nx,1," + size + "\n" }
		long := func(n string) string { return "ds,event,events,n\n2026-01-01,x,1," + n + "\n" }
		w.answerWith(map[time.Duration]string{day: short("5"), week: long("7")})
		w.start()
		defer w.stop()
		for _, cell := range []string{"big", "small", "either"} {
			pass(time.Minute)
			if got, want := w.columns("day"), "event:label events:value size:value"; got != want {
				t.Errorf("day has %s, want %s", got, want)
			}
			if got, want := w.columns("week"), "ds:time event:label events:value n:value"; got != want {
				t.Errorf("week has %s, want %s", got, want)
			}
			w.answerWith(map[time.Duration]string{day: short(cell), week: long(cell)})
			pass(64 * time.Minute)
		}
		w.scrape("").want(t, page{schemaChanges("day"): 0, schemaChanges("week"): 0, polls("a", "success"): 4})

		// One gets the header of the other, for which roles are known.
		w.answerWith(map[time.Duration]string{day: long("such"), week: long("so")})
		pass(64 * time.Minute)
		if got, want := w.columns("day"), "ds:time event:label events:value n:value"; got != want {
			t.Errorf("day has %s, want the roles %s that are known of the header", got, want)
		}
		w.scrape("").want(t, page{schemaChanges("day"): 1, schemaChanges("week"): 0})
	})
}

func TestEveryChangeOfRolesIsCountedAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const old = "event,events,note\nx,1,\n"
		w := newWorld(t, single)
		w.answerWith(map[time.Duration]string{day: old})
		w.start()
		defer w.stop()
		for _, poll := range []struct {
			report, role string
			changes      float64
			logged       string // the columns that are logged; empty for no line
		}{
			{old, "note:ignore", 0, ""},
			{old, "note:ignore", 0, ""},
			{"event,events,amount\nx,1,3\n", "amount:value", 1, "[amount note]"},
			{"event,events,amount\nx,1,\n", "amount:value", 1, ""},
			{old, "note:ignore", 2, "[note amount]"},
			// A column without evidence gets its role from the first report that has some.
			{"event,events,note\nx,1,9\n", "note:value", 3, "[note]"},
			{"event,events,note\nx,1,word\n", "note:value", 3, ""},
		} {
			w.answerWith(map[time.Duration]string{day: poll.report})
			w.logged()
			pass(64 * time.Minute)
			w.scrape("").want(t, page{schemaChanges("day"): poll.changes, `statsig_up{project="a",window="day"}`: 1})
			if got := w.columns("day"); !strings.Contains(got, poll.role) {
				t.Errorf("%q: the roles are %s, want %s", poll.report, got, poll.role)
			}
			log := w.log.Take()
			if n := strings.Count(log, "Columns of the report changed"); n != min(len(poll.logged), 1) || !strings.Contains(log, poll.logged) {
				t.Errorf("%q: logged %s, want one warning with %q", poll.report, log, poll.logged)
			}
		}
	})
}

func TestReportsThatAreReadAtTheSameTimeAgreeOnRoles(t *testing.T) {
	for cell, want := range map[string]string{"5": "size:value", "": "size:label"} { // an empty cell is no evidence
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, twoWindows)
			release := make(chan struct{})
			slow := csv("event,events,size\n" + strings.Repeat("x,1,big\n", 30_000))
			slow.HoldBody, slow.Plain = &statsigtest.Hold{At: 200_000, Until: release}, true
			w.api.Inject("a", slow, csv("event,events,size\nx,1,"+cell+"\n"))
			w.start()
			defer w.stop()
			pass(10 * time.Second)
			w.scrape("").want(t, page{polls("a", "success"): 0})
			close(release)
			pass(time.Second)
			if got := w.columns("day"); !strings.Contains(got, want) {
				t.Errorf("while the other window has %q, day has %q", cell, got)
			}
			w.scrape("").want(t, page{polls("a", "success"): 1, schemaChanges("day"): 0, schemaChanges("week"): 0})
			if got := w.requests(); len(got) != 2 {
				t.Errorf("asked for %v, want each window once", got)
			}
		})
	}
}

func TestProjectsDoNotShareRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "")
		w.api.Inject("a", csv("event,events,size\nx,1,5\n"))
		w.api.Inject("b", csv("event,events,size\nx,1,big\n"))
		w.start()
		defer w.stop()
		pass(time.Minute)
		w.scrape("").want(t, page{
			`statsig_exporter_schema_columns{project="a",role="value",window="day"}`: 2,
			`statsig_exporter_schema_columns{project="b",role="value",window="day"}`: 1,
		})
	})
}

func TestOnlyChangesOfStateAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "report: {series_limit: 2}\n"+single)
		good := "event,events\nx,1\ny,2\n"
		dirty := good + "z,n/k\n"
		wide := "event,events\n" + strings.Repeat("x,1\n", 100) + "y,2\nz,3\nw,4\n"
		no := statsigtest.Reply(http.StatusNotFound, "text/plain", "no")
		w.start()
		defer w.stop()
		for _, step := range []struct {
			fault statsigtest.Fault
			want  string // in the one line; empty for no line
		}{
			{statsigtest.CSV(good), ""},
			{statsigtest.CSV(wide), "more series than series_limit"},
			{statsigtest.CSV(good), "no more series than series_limit"},
			{no, "result=upstream_error"},
			{statsigtest.Refusal(http.StatusForbidden, "no"), "result=forbidden"},
			{statsigtest.CSV(good), "Serving report"},
			{statsigtest.CSV(good + strings.Repeat("x,1\n", 100) + dirty[len(good):]), "could not be used"},
			{statsigtest.CSV(good), "could be used again"},
		} {
			w.api.ClearFaults()
			w.api.Inject("a", step.fault)
			if step.want == "" {
				pass(5 * time.Hour)
				w.logged()
			}
			pass(5 * time.Hour)
			got := w.logged()
			if step.want == "" && len(got) > 0 || step.want != "" && (len(got) != 1 || !strings.Contains(got[0], step.want)) {
				t.Errorf("logged %q, want one line with %q", got, step.want)
			}
		}
	})
}
