package collector

import (
	"sync"
	"sync/atomic"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/plan"
	"statsig_exporter/statsig"
)

// target is one project and window: what is served for it, and how its polls went.
type target struct {
	project  *project
	window   config.Window
	snapshot atomic.Pointer[Snapshot]
	stop     func()        // ends the loop and waits until it has ended; nil before it was started
	lookups  string        // their files when they were last read; the loop's own
	file     string        // the report file when it was last read; the loop's own
	seen     string        // the report file when the loop last looked at it; the loop's own
	pastDue  time.Time     // when the month before may be asked for; the loop's own
	saving   chan struct{} // held while the stored report is being changed; of all targets that have had its names

	logged logState // the loop's own

	mu     sync.Mutex
	status Status // but for Project, Source, Window and Snapshot; see update
}

// newTarget returns a target that has polled nothing. The collector's lock is held.
func (c *Collector) newTarget(p *project, w config.Window) *target {
	t := &target{project: p, window: w}
	key := t.storeKey()
	if c.saving[key] == nil {
		c.saving[key] = make(chan struct{}, 1)
	}
	t.saving = c.saving[key]
	return t
}

// named returns the target with these names; nil if there is none.
func (g *generation) named(project, window string) *target {
	for _, t := range g.targets {
		if p, w := t.names(); p == project && w == window {
			return t
		}
	}
	return nil
}

// of returns the targets of a project; none if g has no project of this name.
func (g *generation) of(project string) []*target {
	var all []*target
	for _, t := range g.targets {
		if t.project.config.Name == project {
			all = append(all, t)
		}
	}
	return all
}

// names returns the names of the project and the window.
func (t *target) names() (project, window string) {
	return t.project.config.Name, t.window.Name
}

// count lets f change what is counted of the target.
func (t *target) count(f func(m *projectMetrics, window string)) {
	t.project.metrics.change(func(m *projectMetrics) { f(m, t.window.Name) })
}

// update lets f change the status, and makes the next scrape show it. Only the loop of the
// target calls it, or others while there is no loop: these read the status without a lock.
func (c *Collector) update(t *target, f func(*Status)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.status)
	t.project.metrics.gathered.Changed()
	if isHeld(t.status.Err) {
		notify(c.recent)
	}
}

// setNext records when the next poll is due.
func (c *Collector) setNext(t *target, next time.Time) {
	c.update(t, func(s *Status) { s.Next = next })
}

// lastStatus returns the status, without its Snapshot.
func (t *target) lastStatus() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

// segment returns the encoded snapshot; nil if there is none.
func (t *target) segment() *exposition.Segment {
	if s := t.snapshot.Load(); s != nil {
		return s.segment
	}
	return nil
}

// Status is the state of one project and window at one moment.
type Status struct {
	Project string
	Source  string // of the project's reports: where its key comes from, or their file
	Window  config.Window
	// Snapshot is served now; nil if nothing is.
	Snapshot *Snapshot
	// Result and Err say how the last poll ended; Result is empty before one has, and
	// Err nil after a success. Err holds no secret.
	Result statsig.Result
	Err    error
	// Failures counts the polls that failed since the last success.
	Failures int
	// LastAttempt, LastSuccess and Next are zero where there is none.
	LastAttempt, LastSuccess, Next time.Time

	key statsig.Secret // of the last poll; zero if none could be read
}

// isRefused reports whether the last poll was refused for its key.
func (s Status) isRefused() bool {
	return s.Result == statsig.Unauthorized || s.Result == statsig.Forbidden
}

// Status returns the state of every project and window, in the order of the
// configuration.
func (c *Collector) Status() []Status {
	c.page.RLock()
	defer c.page.RUnlock()
	targets := c.current.Load().targets
	all := make([]Status, len(targets))
	now := c.now()
	for i, t := range targets {
		all[i] = t.lastStatus()
		all[i].Project, all[i].Window, all[i].Snapshot = t.project.config.Name, t.window, t.served(now)
		all[i].Source = t.project.config.Source(all[i].key)
	}
	return all
}

// Plans returns the plans of the configuration.
func (c *Collector) Plans() []plan.Plan { return c.current.Load().config.Plans }

// served returns the snapshot, unless it has expired.
func (t *target) served(now time.Time) *Snapshot {
	s := t.snapshot.Load()
	if s == nil || hasPassed(s.Expires, now) {
		return nil
	}
	return s
}

// answered reports whether there is data, or a first poll has ended.
func (t *target) answered() bool {
	return t.lastStatus().Result != "" || t.snapshot.Load() != nil
}
