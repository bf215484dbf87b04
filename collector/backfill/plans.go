package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"statsig_exporter/collector/backfill/openmetrics"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// counts sets aside what plans count of each report, so that only one month of it is in
// memory at a time.
type counts struct {
	aside  *os.File
	size   int64
	places map[beginning]place
}

// beginning is when a project's report begins, in milliseconds.
type beginning struct {
	project string
	at      int64
}

// place is where the counts of a report stand. It has no bytes if there is no data.
type place struct {
	end         time.Time // of what the report covers
	begin, size int64
}

func newCounts(dir string) (*counts, error) {
	file, err := spool.Nameless(dir)
	if err != nil {
		return nil, fmt.Errorf("set counts aside: %w", err)
	}
	return &counts{aside: file, places: map[beginning]place{}}, nil
}

func (c *counts) close() { _ = c.aside.Close() }

// none notes that a project has no data of this time.
func (c *counts) none(project string, covered statsig.Window) {
	c.places[beginning{project, covered.Start.UnixMilli()}] = place{end: covered.End}
}

// add sets aside what is counted of a project's report. A count that is not finite is of
// no use to a plan.
func (c *counts) add(project string, covered statsig.Window, sums map[string]report.MeterSum) error {
	text, err := json.Marshal(sums)
	var infinite *json.UnsupportedValueError
	if len(sums) == 0 || errors.As(err, &infinite) {
		return nil
	}
	if err == nil {
		_, err = c.aside.WriteAt(text, c.size)
	}
	if err != nil {
		return fmt.Errorf("set counts aside: %w", err)
	}
	c.places[beginning{project, covered.Start.UnixMilli()}] = place{covered.End, c.size, int64(len(text))}
	c.size += int64(len(text))
	return nil
}

// load returns what was set aside at a place that has bytes.
func (c *counts) load(p place) (sums map[string]report.MeterSum, err error) {
	if err = json.NewDecoder(io.NewSectionReader(c.aside, p.begin, p.size)).Decode(&sums); err != nil {
		err = fmt.Errorf("read counts that were set aside: %w", err)
	}
	return sums, err
}

// Gap is the last part of a month, for which a plan has no figures.
type Gap struct {
	Plan  string
	Month time.Time
	// From is when it begins: with the month, or with a later day.
	From     time.Time
	Projects []string // whose usage is not known, in the order of the plan
}

// Gaps returns the gaps of the plans with projects that were read, by plan and time. It is
// complete after Write.
func (b *Backfill) Gaps() []Gap { return b.gaps }

// addPlans adds the figures of each plan at the end of each day up to which all usage of
// the month is known.
func (b *Backfill) addPlans(ctx context.Context, counted *counts, to *openmetrics.Writer) (samples int, err error) {
	calendar := config.Window{Period: config.Period{Calendar: config.Month}, Current: true, Location: b.window.Location}
	covered := b.work.Covered
	for _, p := range b.options.Config.Plans {
		if !slices.ContainsFunc(b.jobs, func(j *job) bool { return slices.Contains(p.Projects, j.Project) }) {
			continue
		}
		for at := covered.Start; at.Before(covered.End); {
			month, _ := calendar.Newest(at.Add(time.Millisecond))
			at = calendar.PeriodEnd(month)
			if month.End = at; month.End.After(covered.End) {
				month.End = covered.End
			}
			n, err := b.addPlan(ctx, counted, to, newPlanMonth(p, month))
			if err != nil {
				return 0, err
			}
			samples += n
		}
	}
	return samples, nil
}

// addPlan adds the figures of a month.
func (b *Backfill) addPlan(ctx context.Context, counted *counts, to *openmetrics.Writer, m *planMonth) (samples int, err error) {
	var lack []string
	for _, day := range b.days(m.covered) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if lack, err = m.advance(counted, day.End); err != nil {
			return 0, err
		}
		// Without any data there may have been no contract yet.
		if len(lack) > 0 || !m.begun {
			continue
		}
		for _, f := range m.PastFamilies(m.uses) {
			n, err := to.Add(m.Name, f, day.End)
			if err != nil {
				return 0, err
			}
			samples += n
		}
	}
	if len(lack) > 0 {
		from := m.covered.End
		for _, project := range lack {
			if at := m.reached[project]; at.Before(from) {
				from = at
			}
		}
		b.gaps = append(b.gaps, Gap{m.Name, m.covered.Start, from, lack})
	}
	return samples, nil
}

// planMonth adds up a month of a plan.
type planMonth struct {
	plan.Plan
	covered statsig.Window
	uses    map[string]plan.Use  // by project
	reached map[string]time.Time // up to when the use is known, by project
	begun   bool                 // some project has data
}

func newPlanMonth(p plan.Plan, covered statsig.Window) *planMonth {
	m := &planMonth{Plan: p, covered: covered, uses: map[string]plan.Use{}, reached: map[string]time.Time{}}
	for _, project := range p.Projects {
		m.uses[project], m.reached[project] = p.Unused(), covered.Start
	}
	return m
}

// advance adds the use until end, and returns the projects whose use is not all known.
func (m *planMonth) advance(counted *counts, end time.Time) (lack []string, err error) {
	for _, project := range m.Projects {
		for m.reached[project].Before(end) {
			next, found := counted.places[beginning{project, m.reached[project].UnixMilli()}]
			if !found || next.end.After(end) {
				break
			}
			if next.size > 0 {
				sums, err := counted.load(next)
				if err != nil {
					return nil, err
				}
				more, ok := m.Use(sums)
				if !ok {
					break
				}
				m.uses[project], m.begun = m.uses[project].Plus(more), true
			}
			m.reached[project] = next.end
		}
		if m.reached[project].Before(end) {
			lack = append(lack, project)
		}
	}
	return lack, nil
}
