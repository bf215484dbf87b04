package ingest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime/debug"

	"golang.org/x/sync/semaphore"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/report"
	"statsig_exporter/collector/report/relabel"
	"statsig_exporter/collector/spool"
	"statsig_exporter/statsig"
)

// Mapped is a report that has been taken down and mapped. It holds a turn and its
// text until it is closed.
type Mapped struct {
	*report.Report
	Window statsig.Window // zero unless it was fetched
	Bytes  int64          // of the text
	Text   *spool.Spool
	turn   *turn
}

// EndTurn lets other reports be mapped. Call it once the series are encoded and
// nothing refers to them. It may be called again.
func (m *Mapped) EndTurn() { m.turn.end() }

// Close ends the turn and gives back the text. The report stays as it is.
func (m *Mapped) Close() {
	m.EndTurn()
	discard(m.Text)
}

// Map takes down and maps a report of a window that was not fetched just now. The error
// is report.ErrNoRows for one without rows.
func (p *Project) Map(ctx context.Context, window config.Window, body io.Reader) (*Mapped, error) {
	text, size, err := receive(boundedReader{body, ctx}, p.options.SpoolDir)
	if err != nil {
		return nil, err
	}
	return p.mapText(ctx, window, text, size)
}

// mapText maps a report of this size once it is its turn. With an error the text is
// discarded.
func (p *Project) mapText(ctx context.Context, window config.Window, text *spool.Spool, size int64) (*Mapped, error) {
	turn, err := p.options.Turns.wait(ctx, size)
	if err != nil {
		discard(text)
		return nil, err
	}
	m := &Mapped{Bytes: size, Text: text, turn: turn}
	if m.Report, err = p.read(window, bounded{text, ctx}); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Options returns how the reports of a window are read. It reads the files of lookups
// anew; the error names the file, and the line in it.
func (p *Project) Options(window config.Window) (report.Options, error) {
	opts := p.config.Report
	if !p.options.CountAll && !p.options.Config.CountsForPlans(window) {
		opts.Meters = nil
	}
	if p.config.Labelling.IsEmpty() {
		return opts, nil
	}
	fixed := map[string]string{"project": p.config.Name, "window": window.Name}
	maps.Copy(fixed, p.config.Labels)
	rules, err := p.rules(fixed)
	opts.Rules = &rules
	return opts, err
}

// Lookups identifies the files of the project's lookups as they are now.
func (p *Project) Lookups() string { return p.config.Labelling.State() }

// rules reads the files of the lookups. The error is report.ErrLookup, with the file and the
// line in it.
func (p *Project) rules(fixed map[string]string) (relabel.Rules, error) {
	rules, err := p.config.Labelling.Rules(fixed)
	if err != nil {
		return rules, fmt.Errorf("%w: %w", report.ErrLookup, err)
	}
	return rules, nil
}

// read maps a report of a window by the roles that the project keeps, and keeps the
// roles that it infers.
func (p *Project) read(window config.Window, src report.Source) (*report.Report, error) {
	opts, err := p.Options(window)
	if err != nil {
		return nil, err
	}
	for {
		known := p.roles.all()
		r, err := report.Read(src, report.Request{Options: opts, Known: known, Explain: p.options.Explain})
		if err != nil {
			return nil, err
		}
		// Another window's report may keep a column in another way by now.
		// Each time one more column is kept, so that this ends.
		if p.roles.keep(r.Mapping, known) {
			return r, nil
		}
	}
}

// turnBytes is the size of the reports that may be mapped at a time, all together. A
// report takes many times its size while it is mapped. A larger one is mapped alone.
const turnBytes = 8 << 20

// Turns bound how many reports are mapped and encoded at a time: as many as
// concurrency says, and fewer where they are large. It is safe for concurrent use.
type Turns struct {
	least, all int64 // bytes
	free       *semaphore.Weighted
}

// NewTurns returns turns of which concurrency can be had at a time.
func NewTurns(concurrency int) *Turns {
	least := max(1, int64(turnBytes/concurrency))
	all := least * int64(concurrency)
	return &Turns{least: least, all: all, free: semaphore.NewWeighted(all)}
}

// largeReport is the size above which mapping a report takes memory that is worth
// giving back at once.
const largeReport = 1 << 20

// aloneGCPercent is the garbage collector's target while a report is mapped alone. Then
// its series are most of the heap: a few more collections keep the garbage on top of them
// small, and so the peak.
const aloneGCPercent = 20

// turn is the right to hold a report's series in memory.
type turn struct {
	turns     *Turns
	weight    int64
	large     bool
	gcPercent int // before this turn, if it is alone
}

// wait waits for a turn to map a report of this size.
func (t *Turns) wait(ctx context.Context, size int64) (*turn, error) {
	weight := min(max(size, t.least), t.all)
	if t.free.Acquire(ctx, weight) != nil {
		return nil, fmt.Errorf("wait until another report has been read: %w", context.Cause(ctx))
	}
	mine := &turn{turns: t, weight: weight, large: size > largeReport}
	if weight == t.all {
		mine.gcPercent = debug.SetGCPercent(aloneGCPercent)
	}
	return mine, nil
}

// end gives the turn back, and the memory of a large report to the system: what is
// served takes a fraction of it, and the report that is next may take as much again.
// It may be called again.
func (t *turn) end() {
	if t.weight == t.turns.all {
		debug.SetGCPercent(t.gcPercent)
	}
	if t.large && t.weight > 0 {
		debug.FreeOSMemory()
	}
	t.turns.free.Release(t.weight)
	t.weight = 0
}
