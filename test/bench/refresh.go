package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refreshOptions say what is compared.
type refreshOptions struct {
	programs programs
	file     string // of the user; empty for a generated report
	rows     int    // of the generated report
	rounds   int
}

// way is one way from a report to sums.
type way struct {
	name, title string
	program     string
	args        []string
}

// taken is what a way took.
type taken struct {
	cpu    time.Duration
	peak   int64 // resident bytes
	allocs float64
}

// refreshResults are medians over the rounds.
type refreshResults struct {
	rows  int
	bytes int64
	own   bool // a report of the user's
	ways  []way
	taken map[string]taken
	notes []string
}

// compareRefreshes sums one report in all ways.
func compareRefreshes(ctx context.Context, o refreshOptions) (*refreshResults, error) {
	dir, err := os.MkdirTemp("", "statsig_exporter-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // in the system's directory for temporary files
	file := o.file
	if file == "" {
		file = filepath.Join(dir, "report.csv")
		if err := generate(file, o.rows); err != nil {
			return nil, err
		}
	}
	p, err := newPlan(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	all := &refreshResults{rows: p.Rows, own: o.file != "", taken: map[string]taken{}}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	all.bytes = info.Size()
	if all.ways, err = o.ways(dir, file, p); err != nil {
		return nil, err
	}
	measured, err := all.rounds(ctx, p, o.rounds)
	if err != nil {
		return nil, err
	}
	for name, each := range measured {
		all.taken[name] = taken{
			cpu:    medianOf(each, func(t taken) time.Duration { return t.cpu }),
			peak:   medianOf(each, func(t taken) int64 { return t.peak }),
			allocs: medianOf(each, func(t taken) float64 { return t.allocs }),
		}
	}
	return all, nil
}

// rounds goes all ways in turn, again and again. A way that cannot read a report of
// the user's is left out, with a note.
func (all *refreshResults) rounds(ctx context.Context, p *plan, rounds int) (map[string][]taken, error) {
	measured := map[string][]taken{}
	for i := range rounds {
		progress("%d rows, round %d", p.Rows, i+1)
		var going []way
		for _, w := range all.ways {
			t, err := all.goes(ctx, w, p)
			if err != nil && (!all.own || ctx.Err() != nil) {
				return nil, fmt.Errorf("%s: %w", w.title, err)
			}
			if err != nil {
				all.note(w.title + " is left out: " + err.Error())
				continue
			}
			going = append(going, w)
			measured[w.name] = append(measured[w.name], t)
		}
		all.ways = going
	}
	return measured, nil
}

func generate(file string, rows int) error {
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := writeRows(to, rows, 0); err != nil {
		return err
	}
	return to.Close()
}

// ways are all of those for which there is a program.
func (o refreshOptions) ways(dir, file string, p *plan) ([]way, error) {
	planFile, config := filepath.Join(dir, "plan.json"), filepath.Join(dir, "statsig.yml")
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(planFile, text, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, []byte(p.configuration()), 0o600); err != nil {
		return nil, err
	}
	ps := o.programs
	all := []way{
		{byEncodingCSV, "encoding/csv, ReuseRecord, map by concatenated labels", ps.self, []string{"sum", byEncodingCSV, file, planFile}},
		{byKnown, "this exporter's package, mapping known", ps.self, []string{"sum", byKnown, file, planFile}},
		{byInferred, "this exporter's package, roles inferred over all rows", ps.self, []string{"sum", byInferred, file, planFile}},
		{"inspect-configured", "this exporter's `inspect`, roles configured", ps.exporter, []string{"inspect", "--format=json", "--config.file=" + config, file}},
		{"inspect-inferred", "this exporter's `inspect`, roles inferred over all rows", ps.exporter, []string{"inspect", "--format=json", file}},
	}
	if ps.duckdb == "" {
		return all, nil
	}
	for _, mapping := range []string{"known", "inferred"} {
		for _, threads := range []int{1, 2} {
			n := strconv.Itoa(threads)
			all = append(all, way{
				"duckdb-" + mapping + "-" + n, "DuckDB, " + mapping + " types, threads: " + n, ps.node,
				[]string{ps.script, ps.duckdb, file, planFile, mapping, n},
			})
		}
	}
	return all, nil
}

// configuration has every column of the plan.
func (p *plan) configuration() string {
	var to bytes.Buffer
	fmt.Fprintf(&to, "projects: [{name: default, api_key: console-bench}]\nreport:\n  unlisted: ignore\n  series_limit: %d\n  columns:\n", everything)
	for _, c := range p.Columns {
		fmt.Fprintf(&to, "    %q: {role: %s", c.Name, c.Role)
		if c.Primary {
			to.WriteString(", primary: true")
		}
		if c.Aggregate != "" {
			fmt.Fprintf(&to, ", aggregate: %s", c.Aggregate)
		}
		to.WriteString("}\n")
	}
	return to.String()
}

// goes runs a way once, and looks whether it comes to what the plan says.
func (all *refreshResults) goes(ctx context.Context, w way, p *plan) (taken, error) {
	cmd := exec.CommandContext(ctx, w.program, w.args...) //nolint:gosec // the script chooses the programs
	var output, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &complaint
	if err := cmd.Start(); err != nil {
		return taken{}, err
	}
	exited, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watchPeak(cmd.Process.Pid, exited) }()
	err := cmd.Wait()
	close(exited)
	t := taken{peak: <-peak}
	if err != nil {
		return t, fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	var s sums
	if err := json.NewDecoder(&output).Decode(&s); err != nil {
		return t, err
	}
	t.cpu, t.allocs = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), s.Allocs
	if s.CPU > 0 {
		t.cpu = time.Duration(s.CPU * float64(time.Second))
	}
	return t, all.compare(w, s, p)
}

// watchPeak returns the greatest resident size of a process until it exits. What
// the system says at its end would count the memory of the one that started it.
func watchPeak(pid int, exited <-chan struct{}) int64 {
	var peak int64
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-exited:
			return peak
		case <-tick.C:
			// Without an answer it has just ended.
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			peak = max(peak, kibibytes(status, "VmHWM:"))
		}
	}
}

// compare wants the same rows and sums as in the plan. Of a report of the user's
// others may well read other numbers: that is noted.
func (all *refreshResults) compare(w way, s sums, p *plan) error {
	same := s.Rows == p.Rows
	for i, total := range s.Totals {
		same = same && math.Abs(total-p.Totals[i]) <= 1e-9*math.Abs(p.Totals[i])
	}
	if same {
		return nil
	}
	difference := fmt.Sprintf("%d rows with the sums %v, and not %d rows with %v", s.Rows, s.Totals, p.Rows, p.Totals)
	if !all.own {
		return errors.New(difference)
	}
	all.note(w.title + " comes to " + difference)
	return nil
}

// note keeps what has to be said beside the figures, once.
func (all *refreshResults) note(text string) {
	if !slices.Contains(all.notes, text) {
		all.notes = append(all.notes, text)
	}
}
