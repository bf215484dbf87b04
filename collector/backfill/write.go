package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"statsig_exporter/collector/backfill/openmetrics"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

// Write maps what the cache holds of the periods and writes it to out as
// OpenMetrics, with the figures of plans. It calls done after each period. Samples are
// set aside in dir. It returns how many samples it has written. It fails if ctx ends,
// or if the cache, dir or out does.
//
// Reports are mapped from the newest to the oldest, so that the roles of columns
// are the same as in a daemon that runs now.
func (b *Backfill) Write(ctx context.Context, dir string, out io.Writer, done func()) (samples int, err error) {
	to, err := openmetrics.New(dir)
	if err != nil {
		return 0, err
	}
	defer to.Close()
	counted, err := newCounts(dir)
	if err != nil {
		return 0, err
	}
	defer counted.close()
	for _, j := range b.jobs {
		options := b.options.Options
		options.Headers = len(b.periods)
		m := &mapper{
			b: b, job: j, to: to, counts: counted, ingest: ingest.NewProject(options, j.project),
			undecided: map[string][]oneDay{}, byDay: map[string]bool{},
		}
		if err := m.run(ctx, done); err != nil {
			return 0, err
		}
		samples += m.samples
	}
	n, err := b.addPlans(ctx, counted, to)
	if err != nil {
		return 0, err
	}
	samples += n
	b.options.Logger.Info("Writing samples", "samples", samples)
	if err := to.Write(ctx, out); err != nil {
		return 0, fmt.Errorf("write samples: %w", err)
	}
	return samples, nil
}

// mapper maps the reports of one project.
type mapper struct {
	b       *Backfill
	job     *job
	to      *openmetrics.Writer
	counts  *counts
	ingest  *ingest.Project // knows no roles at first
	newer   *report.Mapping // of the report before
	quality ingest.Quality
	samples int

	// A report of a single day may be one of days, or of a period that happens to
	// have one. Other reports with its header tell.
	undecided map[string][]oneDay // by header
	byDay     map[string]bool     // headers of reports that carry several days
}

// oneDay is a report all of whose rows are of one day.
type oneDay struct {
	period statsig.Window
	rows   map[report.Day]int
}

func (m *mapper) run(ctx context.Context, done func()) error {
	for _, w := range slices.Backward(m.b.periods) {
		if err := m.each(ctx, w, m.take); err != nil {
			return err
		}
		done()
	}
	for header, reports := range m.undecided {
		for _, r := range reports {
			take := m.takeWhole
			if m.byDay[header] {
				take = func(got *ingest.Mapped) error { return m.takeDays(got, r.rows) }
			}
			if err := m.each(ctx, r.period, take); err != nil {
				return err
			}
		}
	}
	slices.Reverse(m.job.NoData)
	return nil
}

// each hands the mapped report of a period to take. A period that could not be read
// is passed over.
func (m *mapper) each(ctx context.Context, w statsig.Window, take func(*ingest.Mapped) error) error {
	err := m.b.options.Cache.Load(m.b.key(m.job, w), func(_ store.Meta, cached io.Reader) error {
		got, err := m.ingest.Map(ctx, m.b.window, cached)
		switch {
		case err == nil:
			defer got.Close()
			got.Window = w
			return take(got)
		case ctx.Err() != nil:
		case errors.Is(err, report.ErrNoRows):
			m.job.NoData = append(m.job.NoData, w)
			m.counts.none(m.job.Project, w)
		default:
			// It was fine when it was read; the configuration has changed since.
			m.job.Failed = append(m.job.Failed, FailedPeriod{w, err})
		}
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cached report of project %q, %s: %w", m.job.Project, m.b.Name(w), err)
	}
	return nil
}

// take adds the samples of a report, or leaves it for later if other reports decide.
func (m *mapper) take(got *ingest.Mapped) error {
	m.log(got)
	if m.b.dayWindow == "" {
		return m.takeWhole(got)
	}
	days, err := report.CountDays(got.Text, got.Mapping, m.job.project.Report)
	if err != nil {
		return err
	}
	inside := 0
	for _, day := range m.b.days(got.Window) {
		if days.Rows[report.DayOf(day.Start)] > 0 {
			inside++
		}
	}
	fits := days.Undated == 0 && inside == len(days.Rows)
	header := ingest.HeaderOf(got.Mapping)
	switch {
	case len(days.Rows) > 1 && fits:
		m.byDay[header] = true
		return m.takeDays(got, days.Rows)
	case len(days.Rows) == 1 && fits:
		m.undecided[header] = append(m.undecided[header], oneDay{got.Window, days.Rows})
		return nil
	case len(days.Rows) > 1:
		m.b.options.Logger.Warn("Report carries several days and rows of none of them; it is written as one sample of the whole period",
			"project", m.job.Project, "period", m.b.Name(got.Window), "days", len(days.Rows), "undated", days.Undated)
	}
	return m.takeWhole(got)
}

// log logs what has changed from the report of the next period to this one.
func (m *mapper) log(got *ingest.Mapped) {
	log := m.b.options.Logger.With("project", m.job.Project, "period", m.b.Name(got.Window))
	if changes := got.Mapping.Changes(m.newer); len(changes) > 0 {
		log.Warn("Columns of the report are others than in the period after it", "columns", changes)
	}
	m.newer = got.Mapping
	m.quality.Log(log, got.Report)
}

// takeWhole adds a report as one sample of each series, at the period's end.
func (m *mapper) takeWhole(got *ingest.Mapped) error {
	return m.add(got.Report, m.b.window.Name, got.Window)
}

// batchRows bounds the rows whose days are held at a time, where there is more than
// one day in them.
const batchRows = 200_000

// takeDays adds a report as one sample of each series and day. rows counts its rows by day.
func (m *mapper) takeDays(got *ingest.Mapped, rows map[report.Day]int) error {
	options, err := m.ingest.Options(config.Window{Name: m.b.dayWindow})
	if err != nil {
		return err
	}
	mapping := got.Mapping
	got.Report = nil // the reports of its days take its place
	inside := map[report.Day]statsig.Window{}
	for _, day := range m.b.days(got.Window) {
		inside[report.DayOf(day.Start)] = day
		if rows[report.DayOf(day.Start)] == 0 {
			m.counts.none(m.job.Project, day)
		}
	}
	for _, batch := range batches(rows) {
		reports, err := report.ReadDays(got.Text, mapping, options, batch...)
		if err != nil {
			return err
		}
		for _, day := range batch {
			if err := m.add(reports[day], m.b.dayWindow, inside[day]); err != nil {
				return err
			}
		}
	}
	return nil
}

// batches groups days so that no group of several has more than batchRows rows.
func batches(rows map[report.Day]int) [][]report.Day {
	var all [][]report.Day
	held := batchRows
	for _, day := range slices.Sorted(maps.Keys(rows)) {
		if held+rows[day] > batchRows {
			all, held = append(all, nil), 0
		}
		last := len(all) - 1
		all[last] = append(all[last], day)
		held += rows[day]
	}
	return all
}

// add adds the samples of a report at the end of what it covers, and what plans count
// of it.
func (m *mapper) add(r *report.Report, window string, covered statsig.Window) error {
	for _, f := range m.ingest.Families(r, window, r.Samples) {
		n, err := m.to.Add(m.job.Project, f, covered.End)
		if err != nil {
			return err
		}
		m.samples += n
	}
	return m.counts.add(m.job.Project, covered, r.Meters)
}
