package collector

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// BackfillOptions say what to read of the past.
type BackfillOptions struct {
	Projects []string // none: all
	Window   string   // of ended calendar periods
	// From and To bound the periods: they lie wholly in [From, To), and have ended.
	// A zero To is now.
	From, To time.Time
	// Refresh is how far before the end of the last period, and how long after its
	// own, a period is read again although the cache has it.
	Refresh time.Duration
	// Cache keeps the reports. Nobody else uses it.
	Cache Store
}

// Backfill reads the periods of a past time, and writes their usage. Its methods
// are called one after the other.
type Backfill struct {
	c       *Collector
	cache   Store
	window  config.Window
	dayName string           // of the window that values of a day belong to; empty: there is none
	periods []statsig.Window // ascending
	jobs    []*job           // one for each project
	takes   time.Duration
}

// job is what is to be done for one project.
type job struct {
	target  *target
	missing []statsig.Window // ascending; to be asked for
	failed  []FailedPeriod
	noData  []statsig.Window // ascending
}

// FailedPeriod is a period that could not be read, and why.
type FailedPeriod struct {
	Period statsig.Window
	Err    error
}

// Backfill plans what to ask for: it looks through the cache and reads the keys,
// and asks the API nothing. The collector is used for nothing else. The error says
// what cannot be done.
func (c *Collector) Backfill(o BackfillOptions) (*Backfill, error) {
	b := &Backfill{c: c, cache: o.Cache}
	var err error
	if b.jobs, err = c.backfilled(o); err != nil {
		return nil, err
	}
	b.window = b.jobs[0].target.window
	if b.window.Period.Calendar == "" || b.window.Current {
		return nil, fmt.Errorf("window %q has no periods of the calendar that end; it must have period hour, day, week or month, and not current: true", o.Window)
	}
	if b.dayName, err = dayWindow(c.options.Config.Windows, b.window); err != nil {
		return nil, err
	}
	if err := b.plan(o); err != nil {
		return nil, err
	}
	return b, b.lookUp(o)
}

// backfilled returns a job for each of the projects.
func (c *Collector) backfilled(o BackfillOptions) ([]*job, error) {
	wanted := map[string]bool{}
	for _, name := range o.Projects {
		wanted[name] = true
	}
	var jobs []*job
	for _, t := range c.current.Load().targets {
		if project, window := t.names(); window == o.Window && (len(o.Projects) == 0 || wanted[project]) {
			jobs = append(jobs, &job{target: t})
			delete(wanted, project)
		}
	}
	for _, unknown := range slices.Sorted(maps.Keys(wanted)) {
		if !slices.Contains(c.Projects(), unknown) {
			return nil, UnknownProjectError{unknown}
		}
	}
	if len(jobs) == 0 && len(c.Projects()) == 0 {
		return nil, errors.New("there is no project to read")
	}
	if len(jobs) == 0 {
		return nil, fmt.Errorf("window %q is not configured", o.Window)
	}
	return jobs, nil
}

// dayWindow returns the name of the window whose values those of single days are,
// for a window whose reports may carry several: that of the first window of ended
// days, or the one that it has by default.
func dayWindow(configured []config.Window, w config.Window) (string, error) {
	if w.Period.Calendar != config.Week && w.Period.Calendar != config.Month {
		return "", nil
	}
	for _, other := range configured {
		if other.Period.Calendar == config.Day && !other.Current {
			return other.Name, nil
		}
	}
	name := string(config.Day)
	if slices.ContainsFunc(configured, func(other config.Window) bool { return other.Name == name }) {
		return "", fmt.Errorf("window %q may have reports of several days, whose values need a window to belong to, and %q is none of ended days; configure {name: ended_day, period: day}", w.Name, name)
	}
	return name, nil
}

// plan finds the periods.
func (b *Backfill) plan(o BackfillOptions) error {
	until := b.c.now()
	if !o.To.IsZero() && o.To.Before(until) {
		until = o.To
	}
	// A calendar window always has a newest period that has ended.
	for w, _ := b.window.Newest(until); !w.Start.Before(o.From); w = b.window.Older(w) {
		b.periods = append(b.periods, w)
	}
	slices.Reverse(b.periods)
	if len(b.periods) == 0 {
		to := "on"
		if !o.To.IsZero() {
			to = "to " + o.To.Format(time.RFC3339)
		}
		return fmt.Errorf("no whole %s from %s %s has ended", b.window.Period, o.From.Format(time.RFC3339), to)
	}
	return nil
}

// lookUp finds out what the cache lacks.
func (b *Backfill) lookUp(o BackfillOptions) error {
	stored, problems, err := b.cache.Tidy(func(store.Key) bool { return true })
	if err != nil {
		return err
	}
	for _, p := range problems {
		b.c.log.Warn("Cached file is no whole report and is not used", "file", p.File, "aside", p.Aside, "err", p.Err)
	}
	read := map[store.Key]time.Time{}
	for _, meta := range stored {
		read[meta.Key] = meta.Time
	}
	last := b.periods[len(b.periods)-1].End.Add(-o.Refresh)
	requests := map[statsig.Secret]int{}
	for _, j := range b.jobs {
		project := j.target.project.config
		key, err := project.Key.Read()
		if err != nil {
			return fmt.Errorf("key of project %q: %w", project.Name, err)
		}
		for _, w := range b.periods {
			at, ok := read[b.key(j, w)]
			if !ok || w.End.After(last) || at.Before(w.End.Add(o.Refresh)) {
				j.missing = append(j.missing, w)
			}
		}
		requests[key] += len(j.missing)
		b.takes = max(b.takes, b.c.options.Config.API.RateLimit.Takes(requests[key]))
	}
	return nil
}

// key names the report of a period in the cache.
func (b *Backfill) key(j *job, w statsig.Window) store.Key {
	key := j.target.storeKey()
	key.Part = fmt.Sprintf("%d-%d", w.Start.UnixMilli(), w.End.UnixMilli())
	return key
}

// Covered returns the time from the beginning of the first period to the end of
// the last.
func (b *Backfill) Covered() statsig.Window {
	return statsig.Window{Start: b.periods[0].Start, End: b.periods[len(b.periods)-1].End}
}

// Reports returns how many reports there are to read, of all projects, and how
// many of them have to be asked for.
func (b *Backfill) Reports() (all, missing int) {
	for _, j := range b.jobs {
		missing += len(j.missing)
	}
	return len(b.periods) * len(b.jobs), missing
}

// Takes returns how long the missing reports take at least, under the rate limit
// of each key.
func (b *Backfill) Takes() time.Duration { return b.takes }

// Outcome is what became of the periods of one project.
type Outcome struct {
	Project string
	NoData  []statsig.Window // ascending
	Failed  []FailedPeriod
}

// Outcomes returns what became of each project's periods, in the order of the
// configuration. It is complete after Write.
func (b *Backfill) Outcomes() []Outcome {
	var all []Outcome
	for _, j := range b.jobs {
		all = append(all, Outcome{Project: j.target.project.config.Name, NoData: j.noData, Failed: j.failed})
	}
	return all
}

// Name returns a period as it is written for a person: by its date or, of an hour,
// its beginning.
func (b *Backfill) Name(w statsig.Window) string {
	switch b.window.Period.Calendar {
	case config.Hour:
		return w.Start.Format(time.RFC3339)
	case config.Month:
		return w.Start.Format("2006-01")
	}
	return w.Start.Format(time.DateOnly)
}

// errRefused is why a period is not asked for of a project that was refused before.
var errRefused = errors.New("not asked for after an earlier refusal")
