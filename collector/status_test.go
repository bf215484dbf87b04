package collector_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/statsig"
	"statsig_exporter/statsig/statsigtest"
)

func TestStatusTellsHowPollsWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, single)
		no := statsigtest.Reply(http.StatusNotFound, "text/plain", "no")
		w.api.Inject("a", statsigtest.Fault{Delay: 10 * time.Second}.For(1), no.For(3), statsigtest.Fault{}.For(1), no.For(1))
		begun := time.Now()
		w.start()
		defer w.stop()
		pass(5 * time.Second)
		s := w.collector.Status()[0]
		if s.Project != "a" || s.Window.Name != "day" || s.Result != "" || s.Err != nil || s.Snapshot != nil || !s.LastAttempt.Equal(begun) || !s.LastSuccess.IsZero() {
			t.Errorf("during the first poll the status is %+v", s)
		}
		if w.collector.Ready() {
			t.Error("it is ready during the first poll")
		}
		pass(10 * time.Second)
		good := w.collector.Status()[0]
		if good.Result != statsig.Success || good.Err != nil || good.Snapshot == nil || good.Failures != 0 || !good.LastSuccess.Equal(begun.Add(10*time.Second)) {
			t.Errorf("after a success the status is %+v", good)
		}
		for range 3 {
			pass(time.Until(w.collector.Status()[0].Next))
		}
		bad := w.collector.Status()[0]
		if bad.Result != statsig.UpstreamError || bad.Err == nil || bad.Snapshot != good.Snapshot || bad.Failures != 3 || !bad.LastSuccess.Equal(good.LastSuccess) {
			t.Errorf("after three failures the status is %+v", bad)
		}
		for range 2 {
			pass(time.Until(w.collector.Status()[0].Next))
		}
		if s := w.collector.Status()[0]; s.Failures != 1 || !s.LastSuccess.After(good.LastSuccess) {
			t.Errorf("after a success and a failure the status is %+v", s)
		}
	})
}

func TestAPeriodThatHasJustBegunIsPolledASecondLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "windows: [{name: day, period: day, current: true}]\n"+single, func(o *statsigtest.Options) { o.Arrival.Live = true })
		w.start()
		defer w.stop()
		pass(time.Millisecond)
		if got := w.requests(); len(got) != 0 {
			t.Errorf("asked for %v", got)
		}
		pass(time.Second)
		if got := periods(w.requests()); len(got) != 1 || got[0] != "01-01T00:00 01-01T00:00" {
			t.Errorf("asked for %v", got)
		}
		total := 0.0
		for _, n := range w.scrape("").only("statsig_exporter_polls_total") {
			total += n
		}
		if total != 1 {
			t.Errorf("%v polls were counted, want one", total)
		}
	})
}

func TestAPeriodThatEndsWhileThePollWaitsForTheRateLimitIsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "global: {poll_interval: 5m}\nwindows: [{name: day, period: day, current: true}]\napi: {rate_limit: {per_15m: 1}}\n"+single,
			func(o *statsigtest.Options) { o.Arrival.Live = true })
		<-time.After(23*time.Hour + 50*time.Minute)
		w.start()
		defer w.stop()
		pass(20 * time.Minute)
		all := w.requests()
		if len(all) != 2 {
			t.Fatalf("asked for %v, want two requests", all)
		}
		if want := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC); !all[1].start.Equal(want) {
			t.Errorf("after midnight %s was asked for, want the new day", all[1])
		}
	})
}
