package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/store"
)

// backfillOptions are the values of the flags of backfill.
type backfillOptions struct {
	from, to string
	projects []string
	window   string
	refresh  model.Duration
	output   string
	cache    string
}

// declareBackfill declares the command and its flags.
func declareBackfill(app *kingpin.Application, o *backfillOptions) {
	cmd := app.Command("backfill", "Write past usage as OpenMetrics, for promtool tsdb create-blocks-from openmetrics.")
	cmd.Flag("from", "First date, such as 2026-01-01.").Required().StringVar(&o.from)
	cmd.Flag("to", "Date behind the last; by default the newest period that has ended is the last.").StringVar(&o.to)
	cmd.Flag("project", "Project to read; repeatable; by default all.").StringsVar(&o.projects)
	cmd.Flag("window", "Window whose periods are read; its period is hour, day, week or month.").Default("day").StringVar(&o.window)
	cmd.Flag("refresh", "What has ended so lately is read again, whether it is in the cache or not.").Default("3d").SetValue(&o.refresh)
	cmd.Flag("output", "File to write.").Required().StringVar(&o.output)
	cmd.Flag("cache", "Directory that keeps what was read, from which an interrupted run goes on.").StringVar(&o.cache)
}

// backfill reads past usage and writes it to a file, which is there once it is
// whole.
func backfill(ctx context.Context, o *options, stdout, stderr io.Writer) error {
	shown := newProgress(stderr)
	o.log.Writer = shown
	log := promslog.New(o.log)
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(asked)
	load, err := source(ctx, o, group)
	if err != nil {
		return err
	}
	cfg, err := sharded(load, o.shard)()
	if err != nil {
		return err
	}
	if err := checkOutput(o.backfill.output); err != nil {
		return err
	}
	kept, remove, err := openCache(o.backfill)
	if err != nil {
		return err
	}
	defer remove()
	b, err := planBackfill(cfg, o.backfill, kept, log)
	if err != nil {
		return err
	}
	run := backfillRun{options: o.backfill, plan: b, log: log, stdout: stdout, progress: shown}
	group.Go(func() error {
		defer cancel() // the demo's server is not needed any more
		return run.run(ctx)
	})
	return group.Wait()
}

// planBackfill finds out what the flags ask for, and what of it has to be read.
func planBackfill(cfg *config.Config, o backfillOptions, kept *store.Store, log *slog.Logger) (*collector.Backfill, error) {
	from, err := config.ParseDate(o.from, cfg.Global.Location)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	var to time.Time
	if o.to != "" {
		if to, err = config.ParseDate(o.to, cfg.Global.Location); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		if !from.Before(to) {
			return nil, fmt.Errorf("--from=%s is not before --to=%s", o.from, o.to)
		}
	}
	if _, err := pickWindow(cfg, o.window); err != nil {
		return nil, err
	}
	// Half of each rate limit, so that it can run beside the daemon.
	cfg.API.RateLimit.Half = true
	settings, err := newSettings(cfg)
	if err != nil {
		return nil, err
	}
	c := collector.New(collector.Options{
		Settings: settings, UserAgent: userAgent(), Logger: log,
		Registry: prometheus.NewRegistry(), Responder: exposition.NewResponder(),
	})
	return c.Backfill(collector.BackfillOptions{
		Projects: o.projects, Window: o.window, From: from, To: to, Refresh: time.Duration(o.refresh), Cache: kept,
	})
}

// checkOutput says why the output could not be written.
func checkOutput(path string) error {
	info, err := os.Stat(path)
	switch {
	case path == "":
		return errors.New("--output is empty; it must name a file")
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("--output=%s is no file that could be replaced", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output: %w", err)
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".statsig_exporter-*.tmp")
	if err != nil {
		return fmt.Errorf("--output: its directory must be writable: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// openCache opens the cache or, where none is asked for, one beside the output
// that remove removes.
func openCache(o backfillOptions) (kept *store.Store, remove func(), err error) {
	dir, temporary := o.cache, o.cache == ""
	if temporary {
		dir, err = os.MkdirTemp(filepath.Dir(o.output), ".statsig_exporter-backfill-*")
	} else {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("create cache: %w", err)
	}
	discard := func() {
		if temporary {
			_ = os.RemoveAll(dir) // the reports have been written or are not wanted
		}
	}
	if kept, err = store.Open(dir); err != nil {
		discard()
		return nil, nil, fmt.Errorf("open cache: %w", err)
	}
	return kept, func() {
		_ = kept.Close() // every report in it was synced
		discard()
	}, nil
}

// backfillRun is a backfill that has been planned.
type backfillRun struct {
	options  backfillOptions
	plan     *collector.Backfill
	log      *slog.Logger
	stdout   io.Writer
	progress *progress
}

func (r *backfillRun) run(ctx context.Context) error {
	all, missing := r.plan.Reports()
	covered := r.plan.Covered()
	r.log.Info("Backfilling", "start", covered.Start, "end", covered.End, "reports", all, "cached", all-missing,
		"requests", missing, "at_least", r.plan.Takes().Round(time.Second).String())
	read := 0
	step, end := r.progress.show("reading", missing, r.log)
	err := r.plan.Read(ctx, func() { read++; step() })
	end()
	if err != nil {
		return r.interrupted(err, read, missing)
	}
	samples, err := r.write(ctx, all)
	if err != nil {
		return r.interrupted(err, read, missing)
	}
	return r.report(samples)
}

// interrupted says how to go on.
func (r *backfillRun) interrupted(err error, read, missing int) error {
	what := err.Error()
	if errors.Is(err, context.Canceled) {
		what = "interrupted"
	}
	if r.options.cache == "" {
		return fmt.Errorf("%s after %d of %d requests; nothing is kept without --cache", what, read, missing)
	}
	return fmt.Errorf("%s after %d of %d requests; the same command goes on from there", what, read, missing)
}

// write writes the output aside and then puts it in its place.
func (r *backfillRun) write(ctx context.Context, reports int) (samples int, err error) {
	dir := filepath.Dir(r.options.output)
	file, err := os.CreateTemp(dir, ".statsig_exporter-*.tmp")
	if err != nil {
		return 0, err
	}
	step, end := r.progress.show("mapping", reports, r.log)
	samples, err = r.plan.Write(ctx, dir, file, step)
	end()
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), r.options.output)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the error says more
	}
	return samples, err
}

// report says what was written and what was not.
func (r *backfillRun) report(samples int) error {
	fmt.Fprintf(r.stdout, "%s: %d samples\n", r.options.output, samples)
	failed := 0
	for _, o := range r.plan.Outcomes() {
		var names []string
		for _, w := range o.NoData {
			names = append(names, r.plan.Name(w))
		}
		if len(names) > 0 {
			fmt.Fprintf(r.stdout, "no data for %s: %s\n", o.Project, strings.Join(names, ", "))
		}
		for _, f := range o.Failed {
			fmt.Fprintf(r.stdout, "not read for %s: %s: %v\n", o.Project, r.plan.Name(f.Period), f.Err)
		}
		failed += len(o.Failed)
	}
	if failed > 0 {
		return fmt.Errorf("%d reports could not be read; the same command with --cache asks for them again", failed)
	}
	return nil
}
