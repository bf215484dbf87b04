package collector

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// storeKey names what is stored of a target.
func (t *target) storeKey() store.Key {
	return store.Key{Project: t.project.config.Name, Window: t.window.Name}
}

// period describes what the window is, so that a report of another definition of
// the same name is not taken for one of this.
func (t *target) period() string {
	if t.window.Current {
		return t.window.Period.String() + " current"
	}
	return t.window.Period.String()
}

// save stores a report before it is published. A failure is counted and logged,
// and so is storage that takes too long: it goes on then, beside the publishing,
// and the saves that come before its end are given up.
func (c *Collector) save(t *target, got pollResult) {
	if c.options.Store == nil {
		_ = got.text.Close()
		return
	}
	select {
	case t.saving <- struct{}{}:
	default:
		_ = got.text.Close()
		c.saved(t, errors.New("an earlier save of the same report has not ended"))
		return
	}
	s := got.snapshot
	mapping, err := s.Report.Mapping.MarshalJSON()
	if err != nil {
		mapping = nil // the roles are inferred anew, as without a stored report
	}
	meta := store.Meta{
		Key: t.storeKey(), Period: t.period(), Start: s.Window.Start, End: s.Window.End, Time: s.Time, Bytes: s.Bytes,
		Mapping: string(mapping), Restated: s.storedRestated(),
	}
	c.saved(t, within(func() error {
		defer func() { <-t.saving }()
		defer got.text.Close()
		text, err := got.text.Reader()
		if err != nil {
			return err
		}
		<-c.removals.pending(meta.Key)
		return c.options.Store.Save(meta, text)
	}))
}

// saved counts the failure of a save and logs a change.
func (c *Collector) saved(t *target, err error) {
	project, window := t.names()
	if err != nil {
		c.storageFailed("save")
	}
	failed := err != nil
	if failed == t.logged.unsaved {
		return
	}
	t.logged.unsaved = failed
	if failed {
		c.log.Error("Report could not be stored; it is served, but would not outlive the process", "project", project, "window", window, "err", err)
	} else {
		c.log.Info("Reports can be stored again", "project", project, "window", window)
	}
}

// Restore serves what is stored for the configured projects and windows, and
// removes what is stored for others. It is to be called before Run and before
// anything is served. Problems are logged and counted; none is fatal.
func (c *Collector) Restore(ctx context.Context) {
	if c.options.Store == nil {
		return
	}
	byKey := map[store.Key]*target{}
	for _, t := range c.current.Load().targets {
		byKey[t.storeKey()] = t
	}
	stored, problems, err := c.options.Store.Tidy(func(key store.Key) bool { return byKey[key] != nil })
	for _, p := range problems {
		c.storageFailed("load")
		if p.Aside == "" {
			c.log.Error("Stored file is no whole report and could not be set aside", "file", p.File, "err", p.Err)
		} else {
			c.log.Error("Stored file is no whole report and was set aside", "file", p.File, "aside", p.Aside, "err", p.Err)
		}
	}
	if err != nil {
		c.storageFailed("load")
		c.log.Error("Storage could not be tidied", "err", err)
	}
	disk := newWatch(ctx)
	defer disk.close()
	for _, meta := range stored {
		t := byKey[meta.Key]
		if meta.Period != t.period() {
			continue // the window was redefined, and its next good report takes the place
		}
		c.restore(disk, t, meta.Time)
	}
}

// restore serves the stored report of a target as the poll of then had left it.
func (c *Collector) restore(disk watch, t *target, then time.Time) {
	project, window := t.names()
	s, err := c.load(disk, t)
	if err != nil {
		c.storageFailed("load")
		c.log.Error("Stored report could not be served", "project", project, "window", window, "err", err)
		return
	}
	if s.expired(c.now()) {
		return
	}
	t.snapshot.Store(s)
	t.logged = logState{result: statsig.Success}
	t.status.Result, t.status.LastSuccess = statsig.Success, then
	t.change(func(m *projectVectors, window string) {
		m.up.WithLabelValues(window).Set(1)
		m.lastSuccess.WithLabelValues(window).Set(unixSeconds(then))
	})
	interval := t.project.settings.Global.PollInterval
	if next := then.Add(interval); next.After(t.due) && !then.After(c.now()) {
		t.due = next
	}
	c.log.Info("Serving stored report", "project", project, "window", window,
		"start", s.Window.Start, "end", s.Window.End, "pollResult", then, "rows", s.Report.Rows, "series", s.Report.Series)
}

// load maps the stored report of a target anew. The error is fs.ErrNotExist where
// there is none, and errDiskHangs if a call to the disk took too long, now or
// earlier under the same watch.
func (c *Collector) load(disk watch, t *target) (*Snapshot, error) {
	if c.options.Store == nil {
		return nil, fs.ErrNotExist
	}
	if disk.ctx.Err() != nil {
		return nil, context.Cause(disk.ctx)
	}
	type loaded struct {
		snapshot *Snapshot
		err      error
	}
	done := make(chan loaded, 1)
	go func() {
		s, err := c.mapStored(disk, t)
		done <- loaded{s, err}
	}()
	select {
	case got := <-done:
		return got.snapshot, got.err
	case <-disk.ctx.Done():
		return nil, context.Cause(disk.ctx)
	}
}

// mapStored does what load waits for.
func (c *Collector) mapStored(disk watch, t *target) (*Snapshot, error) {
	s := &Snapshot{}
	opening := disk.begin()
	defer opening.Stop()
	err := c.options.Store.Load(t.storeKey(), func(meta store.Meta, stored io.Reader) error {
		opening.Stop()
		if roles := new(report.Mapping); len(meta.Mapping) > 0 && roles.UnmarshalJSON([]byte(meta.Mapping)) == nil {
			t.project.ingest.KnowRoles(roles)
		}
		m, err := t.project.ingest.Map(disk.ctx, watched{stored, disk})
		if err != nil {
			return err
		}
		defer m.Close()
		s.Window = statsig.Window{Start: meta.Start.In(t.window.Location), End: meta.End.In(t.window.Location)}
		s.Report, s.Bytes, s.Time = m.Report, m.Bytes, meta.Time
		s.restoreRestated(meta.Restated)
		c.finish(t, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
