package collector

import (
	"context"
	"slices"
	"time"

	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// past holds the sums of a project in the month before the running one. It is read
// once, for forecasts, where no window has it. It is guarded by Collector.publishers.
type past struct {
	start time.Time
	sums  map[string]report.MeterSum
}

// pastPause is how long a target is polled before the month before is asked for.
const pastPause = 10 * time.Second

// lacksPast reports whether a plan lacks the month before of t's project, and whether
// such a plan has figures, and so a forecast.
func (c *Collector) lacksPast(t *target) (lacks, figures bool) {
	_, served := t.project.settings.LastMonthWindow()
	s := t.served(c.now())
	if served || s == nil || !t.isMonth() || t.project.config.ReportFile != "" {
		return false, false
	}
	start := s.Window.Start.In(t.window.Location)
	c.publishers.Lock()
	defer c.publishers.Unlock()
	if t.project.past.start.Equal(start.AddDate(0, -1, 0)) {
		return false, false
	}
	for _, p := range c.current.Load().plans {
		if slices.Contains(p.Projects, t.project.config.Name) && !p.history.HasPast(start) {
			lacks, figures = true, figures || p.use.all != nil
		}
	}
	return lacks, figures
}

// wantsPast reports whether it is time to read the month before: after all first polls.
func (c *Collector) wantsPast(t *target) bool {
	_, figures := c.lacksPast(t)
	return figures && c.Ready() && !c.now().Before(t.pastDue)
}

// readPast reads the month before, for forecasts alone: what is served of the window
// and its polls does not change.
func (c *Collector) readPast(ctx context.Context, t *target) {
	log := c.log.With("project", t.project.config.Name)
	t.pastDue = c.now().Add(max(t.project.settings.Global.PollInterval, time.Hour))
	read, err := c.fetchPast(ctx, t)
	if err != nil {
		log.Debug("Previous month could not be read for forecasts", "err", err, "next", t.pastDue.Round(time.Second))
		return
	}
	c.keepPast(t, read)
	log.Debug("Previous month was read for forecasts", "start", read.start)
}

// keepPast makes forecasts use the month before of t's project.
func (c *Collector) keepPast(t *target, read past) {
	c.publishers.Lock()
	defer c.publishers.Unlock()
	t.project.past = read
	uses := c.usesWith(c.current.Load(), t, t.served(c.now()))
	c.page.Lock()
	defer c.page.Unlock()
	for p, use := range uses {
		p.use = use
	}
}

// fetchPast fetches the month before of t's project. A month without data has sums of 0.
func (c *Collector) fetchPast(ctx context.Context, t *target) (past, error) {
	window := t.window
	window.Current, window.Lookback = false, 0
	period, _ := window.Newest(c.now())
	key, err := t.project.ingest.Key()
	if err != nil {
		return past{}, err
	}
	ctx, poll, err := t.project.ingest.Begin(ctx, key)
	if err != nil {
		return past{}, err
	}
	type result struct {
		sums map[string]report.MeterSum
		err  error
	}
	got, ok := await(ctx, pollGrace, func() (r result) {
		m, err := poll.Fetch(ctx, window, period)
		if err != nil {
			return result{err: err}
		}
		defer m.Close()
		return result{sums: m.Meters}
	}, func(result) { poll.Close() })
	if !ok {
		return past{}, context.Cause(ctx)
	}
	poll.Close()
	switch {
	case statsig.ResultOf(got.err) == statsig.NoData:
		got.sums = map[string]report.MeterSum{}
		for _, m := range t.project.config.Report.Meters {
			got.sums[m.Name] = report.MeterSum{}
		}
	case got.err != nil:
		return past{}, got.err
	}
	return past{period.Start.In(window.Location), got.sums}, nil
}

// pastOf returns the month before the running one of a plan, as far as it was read for
// forecasts.
func (g *generation) pastOf(p *servedPlan, running plan.Month) plan.Month {
	month := plan.Month{Start: running.Start.AddDate(0, -1, 0), Sums: plan.Sums{}}
	for _, t := range g.targets {
		if project := t.project; t.isMonth() && slices.Contains(p.Projects, project.config.Name) && project.past.start.Equal(month.Start) {
			month.Sums[project.config.Name] = project.past.sums
		}
	}
	return month
}
