package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"statsig_exporter/collector/report"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// Store keeps the last good report of each project and window, as *store.Store does
// on disk. Its methods may hang with the disk. Saves and removals of one key never
// overlap.
type Store interface {
	Save(meta store.Meta, report io.Reader) error
	Load(key store.Key, read func(store.Meta, io.Reader) error) error
	Remove(key store.Key) error
	Tidy(keep func(store.Key) bool) (stored []store.Meta, problems []store.Problem, err error)
	SaveRecent(data []byte) error
	LoadRecent() ([]byte, error)
}

// diskLimit is how long a save holds up publishing.
const diskLimit = 5 * time.Second

// errDiskHangs says that a save has not ended in time.
var errDiskHangs = fmt.Errorf("the disk takes more than %s", diskLimit)

// storeKey names the stored report of a target.
func (t *target) storeKey() store.Key {
	return store.Key{Project: t.project.config.Name, Window: t.window.Name}
}

// period describes the definition of the window: a report that was stored under another
// definition of the same name is not restored.
func (t *target) period() string {
	if t.window.Current {
		return t.window.Period.String() + " current"
	}
	return t.window.Period.String()
}

// save stores the report of a good poll and gives back its text. A failure is counted
// and logged. A save that takes longer than diskLimit goes on by itself; until it has
// ended, later reports are not stored.
func (c *Collector) save(ctx context.Context, t *target, p pollResult) {
	if c.options.Store == nil || p.err != nil {
		p.discard()
		return
	}
	select {
	case t.saving <- struct{}{}:
	default:
		p.discard()
		c.saved(t, errors.New("an earlier save of the same report has not ended"))
		return
	}
	c.saved(t, onDisk(ctx, func() error {
		defer func() { <-t.saving }()
		defer p.discard()
		text, err := p.text.Reader()
		if err != nil {
			return err
		}
		return c.options.Store.Save(t.meta(p.snapshot), text)
	}))
}

// onDisk returns what f returns, or errDiskHangs if f takes longer than diskLimit and
// goes on by itself. It does not return early if ctx ends.
func onDisk(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), diskLimit)
	defer cancel()
	err, ok := await(ctx, 0, f, func(error) {})
	if !ok {
		return errDiskHangs
	}
	return err
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

// meta describes a snapshot whose report is stored.
func (t *target) meta(s *Snapshot) store.Meta {
	mapping, err := s.Report.Mapping.MarshalJSON()
	if err != nil {
		mapping = nil // the roles are inferred again, as without a stored report
	}
	restated, err := json.Marshal(s.restated)
	if err != nil {
		restated = nil // as of a report that was polled once
	}
	return store.Meta{
		Key: t.storeKey(), Period: t.period(), Start: s.Window.Start, End: s.Window.End, Time: s.Time, Bytes: s.Bytes,
		Mapping: string(mapping), Restated: string(restated),
	}
}

// Restore serves what is stored for the configured projects and windows, and
// removes what is stored for others. Call it before Run and before anything is
// served. Problems are logged and counted; none is fatal. It returns early if ctx
// ends.
func (c *Collector) Restore(ctx context.Context) {
	if c.options.Store == nil {
		return
	}
	_, _ = await(ctx, 0, func() error {
		c.restoreAll(ctx)
		return nil
	}, func(error) {})
}

func (c *Collector) restoreAll(ctx context.Context) {
	g := c.current.Load()
	byKey := map[store.Key]*target{}
	for _, t := range g.targets {
		byKey[t.storeKey()] = t
	}
	stored, problems, err := c.options.Store.Tidy(func(key store.Key) bool { return byKey[key] != nil })
	for _, p := range problems {
		c.storageFailed("load")
		if p.Aside == "" {
			c.log.Error("Stored file is not a whole report and could not be set aside", "file", p.File, "err", p.Err)
		} else {
			c.log.Error("Stored file is not a whole report and was set aside", "file", p.File, "aside", p.Aside, "err", p.Err)
		}
	}
	if err != nil {
		c.storageFailed("load")
		c.log.Error("Storage could not be tidied", "err", err)
	}
	for _, meta := range stored {
		// A window that was redefined replaces its report with its next good one.
		if t := byKey[meta.Key]; meta.Period == t.period() {
			c.restore(ctx, t, meta.Time)
		}
	}
	c.restoreRecent(g)
	c.publishGeneration(g) // with plans of what was restored
}

// restore serves the stored report of a target as the poll at then left it.
func (c *Collector) restore(ctx context.Context, t *target, then time.Time) {
	project, window := t.names()
	s, err := c.load(ctx, t)
	if err != nil {
		if !errors.Is(err, report.ErrLookup) {
			c.storageFailed("load")
		}
		c.log.Error("Stored report could not be served", "project", project, "window", window, "err", err)
		return
	}
	if hasPassed(s.Expires, c.now()) {
		return
	}
	t.snapshot.Store(s)
	t.count(func(m *projectMetrics, window string) { m.restate(window, s, nil) })
	c.update(t, func(status *Status) {
		status.Result, status.LastSuccess = statsig.Success, then
		if next := then.Add(t.project.settings.Global.PollInterval); next.After(status.Next) && !then.After(c.now()) {
			status.Next = next
		}
	})
	c.log.Info("Serving stored report", "project", project, "window", window,
		"start", s.Window.Start, "end", s.Window.End, "polled", then, "rows", s.Report.Rows, "series", s.Report.Series)
}

// load maps the stored report of a target again. The error is fs.ErrNotExist where
// there is none. It returns early if ctx ends, whatever the disk does.
func (c *Collector) load(ctx context.Context, t *target) (*Snapshot, error) {
	t.lookups = t.project.ingest.Lookups()
	if c.options.Store == nil {
		return nil, fs.ErrNotExist
	}
	var s *Snapshot
	err, ok := await(ctx, 0, func() error {
		return c.options.Store.Load(t.storeKey(), func(meta store.Meta, stored io.Reader) (err error) {
			s, err = c.restored(ctx, t, meta, stored)
			return err
		})
	}, func(error) {})
	if !ok {
		return nil, context.Cause(ctx)
	}
	return s, err
}

// restored makes a snapshot of a stored report.
func (c *Collector) restored(ctx context.Context, t *target, meta store.Meta, stored io.Reader) (*Snapshot, error) {
	if roles := new(report.Mapping); len(meta.Mapping) > 0 && roles.UnmarshalJSON([]byte(meta.Mapping)) == nil {
		t.project.ingest.KnowRoles(roles)
	}
	m, err := t.project.ingest.Map(ctx, t.window, stored)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	s := &Snapshot{
		Window: statsig.Window{Start: meta.Start.In(t.window.Location), End: meta.End.In(t.window.Location)},
		Report: m.Report, Bytes: m.Bytes, Time: meta.Time,
	}
	t.compare(s, nil)
	s.restated = byLabel{}
	_ = json.Unmarshal([]byte(meta.Restated), &s.restated) // Without it nothing was restated.
	return s, c.encode(ctx, t, s, m)
}

// removeStored removes the stored report of a target that is no longer configured. A
// failure is counted and logged. It waits for the disk.
func (c *Collector) removeStored(t *target) {
	t.saving <- struct{}{} // A save that hangs would bring the report back.
	defer func() { <-t.saving }()
	project, window := t.names()
	if c.options.Store == nil || c.current.Load().named(project, window) != nil {
		return
	}
	if err := c.options.Store.Remove(t.storeKey()); err != nil {
		c.storageFailed("save")
		c.log.Error("Stored report could not be removed", "project", project, "window", window, "err", err)
	}
}
