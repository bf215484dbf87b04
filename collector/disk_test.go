package collector_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsig_exporter/collector"
	"statsig_exporter/collector/store"
)

// moody is a store whose calls hang while it is told so.
type moody struct {
	collector.Store
	t *testing.T

	mu    sync.Mutex
	hangs map[string]chan struct{} // by what hangs: save, remove, open, read
	busy  map[store.Key]bool       // whose report is being saved or removed
}

func newMoody(t *testing.T) *moody {
	t.Helper()
	return &moody{Store: openStore(t, t.TempDir()), t: t, hangs: map[string]chan struct{}{}, busy: map[store.Key]bool{}}
}

// hang makes calls hang until the returned function is called. What hung has ended when
// it returns.
func (m *moody) hang(what string) (release func()) {
	ch := make(chan struct{})
	release = sync.OnceFunc(func() {
		m.mu.Lock()
		delete(m.hangs, what)
		m.mu.Unlock()
		close(ch)
		synctest.Wait()
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hangs[what] = ch
	return release
}

func (m *moody) wait(what string) {
	m.mu.Lock()
	ch := m.hangs[what]
	m.mu.Unlock()
	if ch != nil {
		<-ch
	}
}

// change calls f, which changes the report of key, when the disk answers.
func (m *moody) change(what string, key store.Key, f func() error) error {
	m.mu.Lock()
	if m.busy[key] {
		m.t.Errorf("%s of %v while the report is being changed", what, key)
	}
	m.busy[key] = true
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.busy[key] = false
	}()
	m.wait(what)
	return f()
}

func (m *moody) Save(meta store.Meta, report io.Reader) error {
	return m.change("save", meta.Key, func() error { return m.Store.Save(meta, report) })
}

func (m *moody) Remove(key store.Key) error {
	return m.change("remove", key, func() error { return m.Store.Remove(key) })
}

func (m *moody) Load(key store.Key, read func(store.Meta, io.Reader) error) error {
	m.wait("open")
	return m.Store.Load(key, func(meta store.Meta, report io.Reader) error {
		return read(meta, moodyReader{report, m})
	})
}

type moodyReader struct {
	io.Reader
	m *moody
}

func (r moodyReader) Read(p []byte) (int, error) {
	r.m.wait("read")
	return r.Reader.Read(p)
}

// has reports whether a report of a project's day is stored.
func (m *moody) has(project string) bool {
	err := m.Store.Load(store.Key{Project: project, Window: "day"}, func(store.Meta, io.Reader) error { return nil })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Error(err)
	}
	return err == nil
}

// failed counts the calls to the store that failed.
func failed(operation string) string {
	return `statsig_exporter_storage_errors_total{operation="` + operation + `"}`
}

func TestPublishingGoesOnOnceStoringHasTakenFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m := newWorld(t, "global: {poll_interval: 1m}\n"+single), newMoody(t)
		w.renew(m)
		release := m.hang("save")
		w.start()
		defer w.stop()
		defer release()
		pass(5*time.Second - time.Millisecond)
		if got := w.scrape("").only(append(fromReport(), "statsig_up")...); len(got) != 0 {
			t.Errorf("published before it was stored: %v", got)
		}
		pass(2 * time.Millisecond)
		w.scrape("").want(t, page{`statsig_up{project="a",window="day"}`: 1, polls("a", "success"): 1, failed("save"): 1})
		if log := w.log.Take(); !strings.Contains(log, "more than 5s") {
			t.Errorf("log: %s", log)
		}
		pass(64 * time.Second)
		w.scrape("").want(t, page{polls("a", "success"): 2, failed("save"): 2})
		release()
		pass(64 * time.Second)
		w.scrape("").want(t, page{polls("a", "success"): 3, failed("save"): 2})
		if !m.has("a") || !strings.Contains(w.log.Take(), "can be stored again") {
			t.Error("not stored after the disk has answered")
		}
	})
}

func TestAReloadWaitsForNoReportToBeRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m := newWorld(t, two), newMoody(t)
		w.renew(m)
		w.start()
		defer w.stop()
		pass(time.Minute)
		defer m.hang("remove")()
		begun := time.Now()
		w.reload("windows: [{name: day, period: day}, {name: week, period: week}]\n" + single)
		if took := time.Since(begun); took > 0 {
			t.Errorf("the reload took %s", took)
		}
		pass(4 * time.Second)
		w.scrape("").want(t, page{`statsig_up{project="a",window="week"}`: 1, failed("save"): 0})
	})
}

func TestAReloadIsHeldUpByADiskThatHangsForOnePollTimeoutAtMost(t *testing.T) {
	for _, what := range []string{"open", "read"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, m := newWorld(t, two), newMoody(t)
				w.renew(m)
				w.start()
				defer w.stop()
				pass(time.Minute)
				before := w.scrape("")
				release := m.hang(what)
				defer release()
				begun := time.Now()
				w.reload(two + "report: {columns: {Event Name: {role: ignore}}}\n")
				if took := time.Since(begun); took != 2*time.Minute {
					t.Errorf("the reload took %s", took)
				}
				w.scrape("").want(t, before.only("statsig_usage_"))
				w.scrape("").want(t, page{failed("load"): 2})
				pass(time.Second)
				after := w.scrape("")
				after.want(t, page{polls("a", "success"): 2, polls("b", "success"): 2})
				if strings.Contains(w.text(""), "event_name=") {
					t.Error("the column is not ignored")
				}
				release()
				pass(time.Second)
				w.scrape("").want(t, after)
			})
		})
	}
}

func TestAChangedMappingDoesNotBringBackAnEarlierReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m := newWorld(t, "global: {poll_interval: 1h}\n"+single), newMoody(t)
		w.renew(m)
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Count\nx,1\n"})
		w.start()
		defer w.stop()
		pass(time.Minute)
		defer m.hang("save")()
		w.answerWith(map[time.Duration]string{24 * time.Hour: "Event,Count\nx,2\n"})
		pass(64 * time.Minute)
		later := page{`statsig_usage_count{event="x",project="a",window="day"}`: 2}
		w.scrape("").want(t, later)
		w.reload("global: {poll_interval: 1h}\n" + single + "report: {columns: {Event: {role: ignore}}}\n")
		w.scrape("").want(t, later)
		pass(time.Minute)
		w.scrape("").want(t, page{`statsig_usage_count{project="a",window="day"}`: 2, failed("load"): 0})
	})
}
