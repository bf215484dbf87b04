// Package backfill reads the periods of a past time and writes their usage.
package backfill

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// Options say what to read of the past, and how.
type Options struct {
	ingest.Options
	Logger   *slog.Logger
	Projects []string // names; none: all
	Window   string   // of ended calendar periods
	// From and To bound the periods: they lie wholly in [From, To), and have ended.
	// A zero To is now.
	From, To time.Time
	// Refresh is how far before the end of the last period, and how long after its
	// own, a period is read again although the cache has it.
	Refresh time.Duration
	// Cache keeps the reports. Nobody else uses it.
	Cache *store.Store
}

// Backfill reads and writes periods. Its methods are called one after the other.
type Backfill struct {
	options   Options
	window    config.Window
	dayWindow string           // the window that values of single days belong to; empty: there is none
	periods   []statsig.Window // ascending
	jobs      []*job           // one for each project
	work      Work
	gaps      []Gap
}

// job holds the periods of one project.
type job struct {
	Outcome
	project config.Project
	ingest  *ingest.Project
	missing []statsig.Window // ascending; to be asked for
}

// Work says how much there is to do.
type Work struct {
	Covered statsig.Window // from the start of the first period to the end of the last
	Reports int            // of all projects
	Missing int            // of Reports; the cache lacks them
	Takes   time.Duration  // how long asking for the missing ones takes at least, under the rate limit of each key
}

// Outcome says what became of the periods of one project.
type Outcome struct {
	Project string
	NoData  []statsig.Window // ascending
	Failed  []FailedPeriod
}

// FailedPeriod is a period that could not be read, and why.
type FailedPeriod struct {
	Period statsig.Window
	Err    error
}

// New finds the periods and which of them the cache lacks. It reads the keys, and
// asks the API nothing. The error says what cannot be done.
func New(o Options) (*Backfill, error) {
	o.Options = o.Complete()
	o.CountAll = true
	b := &Backfill{options: o}
	if err := b.pickProjects(); err != nil {
		return nil, err
	}
	if err := b.pickWindow(); err != nil {
		return nil, err
	}
	if err := b.findPeriods(); err != nil {
		return nil, err
	}
	return b, b.lookUp()
}

func (b *Backfill) pickWindow() error {
	windows, name := b.options.Config.Windows, b.options.Window
	i := slices.IndexFunc(windows, func(w config.Window) bool { return w.Name == name })
	if i < 0 {
		return fmt.Errorf("window %q is not configured", name)
	}
	b.window = windows[i]
	if b.window.Period.Calendar == "" || b.window.Current {
		return fmt.Errorf("window %q has no periods of the calendar that end; it must have period hour, day, week or month, and not current: true", name)
	}
	if b.window.Period.Calendar != config.Week && b.window.Period.Calendar != config.Month {
		return nil
	}
	// A report of a week or month may carry several days. Their values belong to the
	// first window of ended days or, without one, to the window that is there by default.
	i = slices.IndexFunc(windows, func(w config.Window) bool { return w.Period.Calendar == config.Day && !w.Current })
	if i >= 0 {
		b.dayWindow = windows[i].Name
		return nil
	}
	b.dayWindow = string(config.Day)
	if slices.ContainsFunc(windows, func(w config.Window) bool { return w.Name == b.dayWindow }) {
		return fmt.Errorf("window %q may have reports of several days, whose values need a window to belong to, and %q is none of ended days; configure {name: ended_day, period: day}", name, b.dayWindow)
	}
	return nil
}

func (b *Backfill) pickProjects() error {
	configured := b.options.Config.Projects
	for _, name := range b.options.Projects {
		if !slices.ContainsFunc(configured, func(p config.Project) bool { return p.Name == name }) {
			return fmt.Errorf("project %q is not configured", name)
		}
	}
	for _, p := range configured {
		if len(b.options.Projects) == 0 || slices.Contains(b.options.Projects, p.Name) {
			if p.ReportFile != "" {
				return fmt.Errorf("project %q reads a report_file, which has no past to ask for; name the other projects with --project", p.Name)
			}
			b.jobs = append(b.jobs, &job{Outcome: Outcome{Project: p.Name}, project: p, ingest: ingest.NewProject(b.options.Options, p)})
		}
	}
	if len(b.jobs) == 0 {
		return errors.New("there is no project to read")
	}
	return nil
}

func (b *Backfill) findPeriods() error {
	from, to := b.options.From, b.options.To
	until := b.options.Now()
	if !to.IsZero() && to.Before(until) {
		until = to
	}
	if b.periods = within(b.window, from, until); len(b.periods) > 0 {
		return nil
	}
	bound := "on"
	if !to.IsZero() {
		bound = "to " + to.Format(time.RFC3339)
	}
	return fmt.Errorf("no whole %s from %s %s has ended", b.window.Period, from.Format(time.RFC3339), bound)
}

// within returns the periods of a calendar window that lie in [from, until), ascending.
func within(window config.Window, from, until time.Time) []statsig.Window {
	var periods []statsig.Window
	// A calendar window always has a newest period that has ended.
	for w, _ := window.Newest(until); !w.Start.Before(from); w = window.Older(w) {
		periods = append(periods, w)
	}
	slices.Reverse(periods)
	return periods
}

// days returns the days that lie in w, ascending.
func (b *Backfill) days(w statsig.Window) []statsig.Window {
	return within(config.Window{Period: config.Period{Calendar: config.Day}, Location: b.window.Location}, w.Start, w.End)
}

// lookUp finds out what the cache lacks.
func (b *Backfill) lookUp() error {
	stored, problems, err := b.options.Cache.Tidy(func(store.Key) bool { return true })
	if err != nil {
		return err
	}
	for _, p := range problems {
		b.options.Logger.Warn("Cached file is not a whole report and is not used", "file", p.File, "aside", p.Aside, "err", p.Err)
	}
	read := map[store.Key]time.Time{}
	for _, meta := range stored {
		read[meta.Key] = meta.Time
	}
	refresh := b.options.Refresh
	covered := statsig.Window{Start: b.periods[0].Start, End: b.periods[len(b.periods)-1].End}
	b.work = Work{Covered: covered, Reports: len(b.periods) * len(b.jobs)}
	requests := map[statsig.Secret]int{}
	for _, j := range b.jobs {
		key, err := j.project.Key.Read()
		if err != nil {
			return fmt.Errorf("key of project %q: %w", j.Project, err)
		}
		for _, w := range b.periods {
			at, ok := read[b.key(j, w)]
			if !ok || w.End.After(covered.End.Add(-refresh)) || at.Before(w.End.Add(refresh)) {
				j.missing = append(j.missing, w)
			}
		}
		requests[key] += len(j.missing)
		b.work.Missing += len(j.missing)
		b.work.Takes = max(b.work.Takes, b.options.Config.API.RateLimit.Takes(requests[key]))
	}
	return nil
}

// key names the report of a period in the cache.
func (b *Backfill) key(j *job, w statsig.Window) store.Key {
	return store.Key{Project: j.Project, Window: b.window.Name, Part: fmt.Sprintf("%d-%d", w.Start.UnixMilli(), w.End.UnixMilli())}
}

// Work returns how much there was to do when b was made.
func (b *Backfill) Work() Work { return b.work }

// Outcomes returns what became of each project's periods, in the order of the
// configuration. It is complete after Write.
func (b *Backfill) Outcomes() []Outcome {
	var all []Outcome
	for _, j := range b.jobs {
		all = append(all, j.Outcome)
	}
	return all
}

// Name returns how a person writes a period: by its date or, for an hour, by its
// start.
func (b *Backfill) Name(w statsig.Window) string {
	switch b.window.Period.Calendar {
	case config.Hour:
		return w.Start.Format(time.RFC3339)
	case config.Month:
		return w.Start.Format("2006-01")
	}
	return w.Start.Format(time.DateOnly)
}
