package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The programs whose start and idle memory are measured.
const (
	stored   = "stored"
	minimal  = "minimal"
	blackbox = "blackbox_exporter"
)

// storedSeries is how many stored series are there at the start.
const storedSeries = 10_000

// idleSeries are those of one small project.
const idleSeries = 20

func sizeOf(file string) (int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// measureIdle takes the resident sizes of exporters some time after ten scrapes.
func (r *resourceResults) measureIdle(ctx context.Context) error {
	each := map[string][]int64{}
	for range 3 {
		if err := r.idlePair(ctx, each); err != nil {
			return err
		}
	}
	r.idle = map[string]int64{}
	for name, sizes := range each {
		r.idle[name] = median(sizes)
	}
	return nil
}

// idlePair adds the sizes of one exporter of each kind.
func (r *resourceResults) idlePair(ctx context.Context, to map[string][]int64) error {
	d, err := startDaemon(ctx, daemonOptions{
		binary: r.options.programs.exporter, series: idleSeries, interval: time.Hour,
		report: func(w io.Writer, poll int) error { return writeSeries(w, idleSeries, poll) },
	})
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.first(ctx, idleSeries); err != nil {
		return err
	}
	least, err := r.options.programs.other(ctx, minimal, d.dir)
	if err != nil {
		return err
	}
	defer least.stop()
	for name, p := range map[string]*process{exporter: d.process, minimal: least} {
		now, err := idleSize(ctx, p)
		if err != nil {
			return err
		}
		to[name] = append(to[name], now)
	}
	return nil
}

func idleSize(ctx context.Context, p *process) (int64, error) {
	s := newScraper()
	defer s.close()
	for range 10 {
		if _, err := s.scrape(ctx, p.url, gzipped); err != nil {
			return 0, err
		}
	}
	if err := idle(ctx, 3*time.Second); err != nil {
		return 0, err
	}
	now, _, err := p.memory()
	return now, err
}

// other starts a program that is only there to be compared with.
func (ps programs) other(ctx context.Context, name, dir string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	if name == minimal {
		return launch(ctx, address, ps.minimal, address)
	}
	config := filepath.Join(dir, "blackbox.yml")
	if err := os.WriteFile(config, []byte("modules: {http_2xx: {prober: http}}\n"), 0o600); err != nil {
		return nil, err
	}
	return launch(ctx, address, ps.blackbox, "--config.file="+config, "--web.listen-address="+address)
}

// measureStarts takes the times from exec to the first successful scrape.
func (r *resourceResults) measureStarts(ctx context.Context) error {
	ps := r.options.programs
	o := daemonOptions{
		binary: ps.exporter, series: storedSeries, interval: time.Hour, storage: true,
		report: func(w io.Writer, poll int) error { return writeSeries(w, storedSeries, poll) },
	}
	d, err := startDaemon(ctx, o)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.first(ctx, storedSeries); err != nil {
		return err
	}
	d.stop()
	starts := map[string]func() (*process, error){
		stored:  func() (*process, error) { return d.run(ctx, o) },
		minimal: func() (*process, error) { return ps.other(ctx, minimal, d.dir) },
		exporter: func() (*process, error) {
			without := o
			without.storage = false
			return d.run(ctx, without)
		},
	}
	if ps.blackbox != "" {
		starts[blackbox] = func() (*process, error) { return ps.other(ctx, blackbox, d.dir) }
	}
	r.started, err = medianStarts(ctx, starts, r.options.starts)
	return err
}

// medianStarts starts each program in turn, again and again.
func medianStarts(ctx context.Context, starts map[string]func() (*process, error), times int) (map[string]time.Duration, error) {
	each := map[string][]time.Duration{}
	names := []string{stored, exporter, minimal, blackbox}
	for i := range times {
		progress("start %d", i+1)
		for _, name := range slices.DeleteFunc(slices.Clone(names), func(n string) bool { return starts[n] == nil }) {
			p, err := starts[name]()
			if err != nil {
				return nil, err
			}
			got, err := fetch(ctx, p.url, gzipped)
			p.stop()
			if err != nil {
				return nil, err
			}
			if want := map[string]int{stored: storedSeries}[name]; got.series != want {
				return nil, fmt.Errorf("%s starts with %s series, not %d", name, strconv.Itoa(got.series), want)
			}
			each[name] = append(each[name], p.ready)
		}
	}
	medians := map[string]time.Duration{}
	for name, all := range each {
		medians[name] = median(all)
	}
	return medians, nil
}
