package backfill_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig/statsigtest"
)

func TestAnOutageIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		b := p.plan("1999-12-01", "1999-12-11")
		begun, read := time.Now(), 0
		p.meets = func(time.Time) int {
			if time.Since(begun) < 5*time.Hour {
				return -1
			}
			return 0
		}
		if err := b.Read(t.Context(), func() { read++ }); err != nil || read != 10 {
			t.Fatalf("Read: %v after %d periods", err, read)
		}
		// A request in ten minutes, with three retries each.
		if n := len(p.tried) - 10; n < 4*25 || n > 4*45 {
			t.Errorf("%d requests found nobody", n)
		}
		if took := time.Since(begun); took < 5*time.Hour || took > 5*time.Hour+11*time.Minute {
			t.Errorf("it went on after %s", took)
		}
		if got := outcomes(b); got != "a:\n" {
			t.Errorf("outcomes: %s", got)
		}
		if got := p.daysAsked("a"); got != "1201 1202 1203 1204 1205 1206 1207 1208 1209 1210" {
			t.Errorf("asked for %s", got)
		}
	})
}

func TestAPeriodThatStatsigFailsToAnswerIsPutOffAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		b := p.plan("1999-12-01", "1999-12-04")
		p.meets = func(start time.Time) int {
			if start.Day() == 2 {
				return 500
			}
			return 0
		}
		text := p.write(b)
		if got := outcomes(b); got != "a: !1999-12-02\n" {
			t.Errorf("outcomes: %s", got)
		}
		if err := b.Outcomes()[0].Failed[0].Err; !strings.Contains(err.Error(), "status 500") {
			t.Errorf("why: %v", err)
		}
		if days := strings.Join(p.tried, " "); !strings.HasPrefix(days, "1201 1202 1202 1202 1202 1203 1202") || strings.Count(days, "1202") != 20 {
			t.Errorf("asked for %s", days)
		}
		if strings.Contains(text, " 944179200\n") || !strings.Contains(text, " 944092800\n") || !strings.Contains(text, " 944265600\n") {
			t.Error("the other days are not written, or this one is")
		}
	})
}

func TestPeriodsBeforeTheCreationOfTheProjectAreNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		p.api.Inject("a", statsigtest.Refusal(http.StatusBadRequest, "start: 944006400000, is before project creation: 944611200000").For(1))
		b := p.plan("1999-12-01", "1999-12-11")
		p.write(b)
		if got := p.daysAsked("a"); got != "1201 1208 1209 1210" {
			t.Errorf("asked for %s", got)
		}
		if got := outcomes(b); got != "a: 1999-12-01 1999-12-02 1999-12-03 1999-12-04 1999-12-05 1999-12-06 1999-12-07\n" {
			t.Errorf("outcomes: %s", got)
		}
	})
}

func TestARefusedProjectIsNotAskedOnAndTheOthersAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, "")
		b := p.plan("1999-12-01", "1999-12-04")
		p.api.Inject("a", statsigtest.Fault{}.For(1), statsigtest.Refusal(403, "no"))
		p.write(b)
		if got := outcomes(b); got != "a: !1999-12-02 !1999-12-03\nb:\n" {
			t.Errorf("outcomes: %s", got)
		}
		asked := p.requests()
		if len(asked) != 2+3 {
			t.Errorf("asked: %v", asked)
		}
	})
}

func TestARefusalElsewhereIsNotOfTheProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		b := p.plan("1999-12-01", "1999-12-04")
		p.api.Inject("a", statsigtest.Reply(http.StatusOK, "application/json", `{"data": {"url": "https://files.example/expired"}}`).For(1))
		p.meets = func(start time.Time) int {
			if start.Unix() == 0 { // of the URL
				return http.StatusForbidden
			}
			return 0
		}
		p.write(b)
		if got := outcomes(b); got != "a:\n" {
			t.Errorf("outcomes: %s", got)
		}
		if got := p.daysAsked("a"); got != "1201 1202 1203 1201" {
			t.Errorf("asked for %s", got)
		}
	})
}

func TestWhatIsNoReportIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPast(t, oneProject)
		p.api.Inject("a", statsigtest.CSV("name,n\n\"never closed,1\n").For(1))
		b := p.plan("1999-12-01", "1999-12-04")
		p.write(b)
		if got := outcomes(b); got != "a: !1999-12-01\n" {
			t.Errorf("outcomes: %s", got)
		}
		p.options.Refresh = 0
		p.requests()
		p.write(p.plan("1999-12-01", "1999-12-04"))
		if got := p.daysAsked("a"); got != "1201" {
			t.Errorf("then asked for %s", got)
		}
	})
}
