package collector

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"statsig_exporter/collector/plan"
	"statsig_exporter/statsig"
)

// recent holds what outlives the process besides reports, so that a restart neither
// spends a rate limit twice nor asks again for what was refused, and forecasts go on.
type recent struct {
	Keys  map[string]statsig.KeyState `json:"keys"` // by Secret.ID
	Held  []heldPoll                  `json:"held"`
	Plans map[string]plan.History     `json:"plans"` // by Plan.Identity
}

// heldPoll is the result of a poll after which the API does not want to be asked again
// before Next with the same key.
type heldPoll struct {
	Project string         `json:"project"`
	Window  string         `json:"window"`
	Key     string         `json:"key"` // its ID
	Result  statsig.Result `json:"result"`
	Next    time.Time      `json:"next"`
}

// isHeld reports whether the poll after a failure has to wait.
func isHeld(err error) bool {
	result := statsig.ResultOf(err)
	return result == statsig.Unauthorized || result == statsig.Forbidden || !statsig.RetryAt(err).IsZero()
}

// notify puts a value into a channel that has none.
func notify(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// recentPause is the least time between two saves of what happened lately.
const recentPause = 250 * time.Millisecond

// keepRecent saves what happened lately whenever it changes until ctx ends, and then
// once more.
func (c *Collector) keepRecent(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-c.limits.Changed():
			c.saveRecent(ctx)
		case <-c.recent:
			c.saveRecent(ctx)
		}
		timer := time.NewTimer(recentPause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	c.saveRecent(ctx)
}

// saveRecent saves what happened lately. It is left behind after diskLimit.
func (c *Collector) saveRecent(ctx context.Context) {
	now := c.now()
	r := recent{Keys: c.limits.States(now), Plans: map[string]plan.History{}}
	g := c.current.Load()
	c.publishers.Lock()
	for _, p := range g.plans {
		if record, ok := p.history.Record(p.Plan, now); ok {
			r.Plans[p.Identity()] = record
		}
	}
	c.publishers.Unlock()
	for _, t := range g.targets {
		project, window := t.names()
		if s := t.lastStatus(); isHeld(s.Err) && s.Next.After(now) {
			r.Held = append(r.Held, heldPoll{project, window, s.key.ID(), s.Result, s.Next})
		}
	}
	data, err := json.Marshal(r)
	if err == nil {
		err = onDisk(ctx, func() error { return c.options.Store.SaveRecent(data) })
	}
	if err != nil { // Saves of reports fail as well then, and are counted.
		c.log.Debug("Recent requests could not be stored", "err", err)
	}
}

// restoreRecent loads what happened before the process started.
func (c *Collector) restoreRecent(g *generation) {
	data, err := c.options.Store.LoadRecent()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var r recent
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		c.storageFailed("load")
		c.log.Error("Recent requests could not be restored", "err", err)
		return
	}
	now, longest := c.now(), max(g.config.Global.PollInterval, time.Hour)
	for _, p := range g.plans {
		if record, ok := r.Plans[p.Identity()]; ok && !p.history.Restore(record, p.Plan, g.config.Global.Location, now) {
			c.log.Warn("Stored days of a plan could not be used", "plan", p.Name)
		}
	}
	c.limits.Restore(r.Keys, now, longest)
	for _, held := range r.Held {
		t := g.named(held.Project, held.Window)
		if t == nil || held.Next.After(now.Add(2*longest)) || !slices.Contains(statsig.Results(), held.Result) {
			continue
		}
		if key, err := t.project.ingest.Key(); err == nil && key.ID() == held.Key {
			c.update(t, func(s *Status) { // The last poll is one of an earlier process.
				s.Result, s.Next, s.key = held.Result, held.Next, key
				s.Err = &statsig.Error{Result: held.Result, RetryAt: held.Next, Err: errors.New("the last poll before the start ended so")}
			})
		}
	}
}
