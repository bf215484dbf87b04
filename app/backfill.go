package app

import (
	"cmp"
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
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/backfill"
	"statsig_exporter/collector/config"
	"statsig_exporter/collector/store"
)

// backfillFlags say what to read of the past, and where to put it.
type backfillFlags struct {
	backfill.Options
	from, to      string
	refresh       model.Duration
	output, cache string
}

func (f *backfillFlags) declare(cmd *kingpin.CmdClause) {
	cmd.Flag("from", "First date, such as 2026-01-01.").Required().StringVar(&f.from)
	cmd.Flag("to", "End date, exclusive. By default the end of the newest period that has ended.").StringVar(&f.to)
	cmd.Flag("project", "Project to read; repeatable. By default all.").StringsVar(&f.Projects)
	cmd.Flag("window", "Window whose periods are read; its period is hour, day, week or month.").Default("day").StringVar(&f.Window)
	cmd.Flag("refresh", "Periods that ended this recently are read again even if the cache has them.").Default("3d").SetValue(&f.refresh)
	cmd.Flag("output", "File to write.").Required().StringVar(&f.output)
	cmd.Flag("cache", "Directory that keeps the reports, so that an interrupted run can resume.").StringVar(&f.cache)
}

// runBackfill reads past usage and writes it to a file, which appears once it is
// complete.
func runBackfill(ctx context.Context, f *flags, log *slog.Logger, stdout io.Writer, progress *progress) error {
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(asked)
	load, err := f.source.loader(ctx, group)
	if err != nil {
		return err
	}
	o := &f.backfill
	if o.Settings, err = load(); err != nil {
		return err
	}
	if err := checkOutput(o.output); err != nil {
		return err
	}
	work, err := openWorkplace(filepath.Dir(o.output))
	if err != nil {
		return err
	}
	defer work.remove()
	o.UserAgent, o.Logger, o.Cache = userAgent(), log, work.store
	if o.cache != "" {
		if o.Cache, err = openCache(o.cache); err != nil {
			return err
		}
		defer o.Cache.Close()
	}
	past, err := o.open()
	if err != nil {
		return err
	}
	run := backfillRun{flags: o, past: past, work: work.dir, stdout: stdout, progress: progress}
	group.Go(func() error {
		defer cancel() // the demo's server is not needed any more
		return run.run(ctx)
	})
	return group.Wait()
}

// open finds the periods that the flags ask for, and which the cache lacks.
func (f *backfillFlags) open() (*backfill.Backfill, error) {
	var err error
	if f.From, err = config.ParseDate(f.from, f.Config.Global.Location); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if f.to != "" {
		if f.To, err = config.ParseDate(f.to, f.Config.Global.Location); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		if !f.From.Before(f.To) {
			return nil, fmt.Errorf("--from=%s is not before --to=%s", f.from, f.to)
		}
	}
	f.Refresh = time.Duration(f.refresh)
	// Half of each rate limit, so that it can run beside the daemon.
	f.Config.API.RateLimit.Half = true
	return backfill.New(f.Options)
}

// checkOutput reports why the output could not be written.
func checkOutput(path string) error {
	info, err := os.Stat(path)
	switch {
	case path == "":
		return errors.New("--output is empty; it must name a file")
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("--output=%s is not a file that can be replaced", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output: %w", err)
	}
	return nil
}

func openCache(dir string) (*store.Store, error) {
	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return nil, fmt.Errorf("create cache: %w", err)
	}
	cache, err := store.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	return cache, nil
}

// workplace is a directory beside the output for what is not finished. Its store
// also marks it as in use.
type workplace struct {
	dir   string
	store *store.Store
}

// openWorkplace makes a workplace, and removes those that killed runs have left.
func openWorkplace(beside string) (workplace, error) {
	const pattern = ".statsig_exporter-backfill-*"
	left, _ := filepath.Glob(filepath.Join(beside, pattern)) // it is a good pattern
	for _, dir := range left {
		if unused, err := store.Open(dir); err == nil {
			workplace{dir, unused}.remove()
		}
	}
	dir, err := os.MkdirTemp(beside, pattern)
	if err != nil {
		return workplace{}, fmt.Errorf("--output: its directory must be writable: %w", err)
	}
	opened, err := store.Open(dir)
	return workplace{dir, opened}, err
}

func (w workplace) remove() {
	_ = w.store.Close()
	_ = os.RemoveAll(w.dir) // what counts is in the output or in the cache
}

// backfillRun is a run of the command.
type backfillRun struct {
	flags    *backfillFlags
	past     *backfill.Backfill
	work     string // a directory for what is not finished
	stdout   io.Writer
	progress *progress
}

func (r *backfillRun) run(ctx context.Context) error {
	work, read := r.past.Work(), 0
	r.flags.Logger.Info("Backfilling", "start", work.Covered.Start, "end", work.Covered.End, "reports", work.Reports, "cached", work.Reports-work.Missing,
		"requests", work.Missing, "at_least", work.Takes.Round(time.Second).String())
	step, end := r.progress.show("reading", work.Missing, r.flags.Logger)
	err := r.past.Read(ctx, func() { read++; step() })
	end()
	if err != nil {
		return r.interrupted(err, read, work.Missing)
	}
	samples, err := r.write(ctx, work.Reports)
	if err != nil {
		return r.interrupted(err, read, work.Missing)
	}
	return r.report(samples)
}

// interrupted returns the error of a run that did not finish, with how to go on.
func (r *backfillRun) interrupted(err error, read, missing int) error {
	what := err.Error()
	if errors.Is(err, context.Canceled) {
		what = "interrupted"
	}
	if r.flags.cache == "" {
		return fmt.Errorf("%s after %d of %d requests; nothing is kept without --cache", what, read, missing)
	}
	return fmt.Errorf("%s after %d of %d requests; the same command resumes from there", what, read, missing)
}

// write writes the output beside its place and then moves it there.
func (r *backfillRun) write(ctx context.Context, reports int) (samples int, err error) {
	file, err := os.Create(filepath.Join(r.work, "output"))
	if err != nil {
		return 0, err
	}
	step, end := r.progress.show("mapping", reports, r.flags.Logger)
	samples, err = r.past.Write(ctx, r.work, file, step)
	end()
	err = cmp.Or(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), r.flags.output)
	}
	return samples, err
}

// report prints what was written and what was not.
func (r *backfillRun) report(samples int) error {
	fmt.Fprintf(r.stdout, "%s: %d samples\n", r.flags.output, samples)
	failed := 0
	for _, o := range r.past.Outcomes() {
		var names []string
		for _, w := range o.NoData {
			names = append(names, r.past.Name(w))
		}
		if len(names) > 0 {
			fmt.Fprintf(r.stdout, "no data for %s: %s\n", o.Project, strings.Join(names, ", "))
		}
		for _, f := range o.Failed {
			fmt.Fprintf(r.stdout, "not read for %s: %s: %v\n", o.Project, r.past.Name(f.Period), show.Short(f.Err.Error(), show.Limit))
		}
		failed += len(o.Failed)
	}
	for _, g := range r.past.Gaps() {
		fmt.Fprintf(r.stdout, "no figures of plan %s for %s from %s on: some usage of %s is not known\n",
			g.Plan, g.Month.Format("2006-01"), g.From.Format(time.DateOnly), strings.Join(g.Projects, ", "))
	}
	if failed > 0 {
		return fmt.Errorf("%d reports could not be read; the same command with --cache asks for them again", failed)
	}
	return nil
}
