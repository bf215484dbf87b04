package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// How large the exporters are whose refreshes, starts and idle memory are measured.
const (
	refreshSeries = 100_000
	storedSeries  = 10_000
	idleSeries    = 20
	longRows      = 5_000_000
)

// compareResources measures memory, refreshes, starts and the size of the binary.
func (b *bench) compareResources(ctx context.Context) error {
	for _, measure := range []func(context.Context) error{b.measureMemory, b.measureRefresh, b.measureIdle, b.measureStarts} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	info, err := os.Stat(b.exporter)
	if err != nil {
		return err
	}
	b.aim("binary", float64(info.Size())/(1<<20), 20, " MiB")
	return nil
}

func (b *bench) measureMemory(ctx context.Context) error {
	n := float64(b.largest)
	_, resting, peak, err := refreshes(ctx, daemonOptions{binary: b.exporter, report: seriesReport(b.largest), series: b.largest}, b.largest, 3)
	if err != nil {
		return err
	}
	b.aim("bytes of RSS a series, "+grouped(int64(n))+" series", resting/n, 120, "")
	b.aim("bytes of peak RSS a series, "+grouped(int64(n))+" series", peak/n, 250, "")
	_, _, peak, err = refreshes(ctx, daemonOptions{binary: b.exporter, report: rowsReport(longRows), series: rowSeries}, rowSeries, 2)
	b.aim("peak RSS with a report of "+grouped(longRows)+" rows", peak/(1<<20), 64, " MiB")
	return err
}

// measureRefresh compares a refresh with a scrape of a GaugeVec.
func (b *bench) measureRefresh(ctx context.Context) error {
	o := daemonOptions{binary: b.exporter, report: seriesReport(refreshSeries), series: refreshSeries}
	cpu, _, _, err := refreshes(ctx, o, refreshSeries, b.rounds)
	if err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p, err := launch(ctx, address, b.self, "serve", strconv.Itoa(refreshSeries), address)
	if err != nil {
		return err
	}
	defer p.stop()
	var all []round
	for range b.rounds {
		r, err := scrapeFor(ctx, p, gzipped, 1)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	b.aim("CPU of a refresh of "+grouped(refreshSeries)+" series, of a scrape of a GaugeVec", cpu.Seconds()/medianRound(all).cpu.Seconds(), 0.2, " ×")
	return nil
}

// refreshes lets an exporter poll so many times, with a scrape after each, and returns the CPU time of a refresh, from the answer
// of the API to the next poll, and the resident bytes some time after the last one and at most. The first poll is not counted:
// roles are not known yet.
func refreshes(ctx context.Context, o daemonOptions, series, polls int) (cpu time.Duration, resting, peak float64, err error) {
	o.every = true
	d, err := startDaemon(ctx, o)
	if err != nil {
		return 0, 0, 0, err
	}
	defer d.close()
	if err := d.first(ctx, series); err != nil {
		return 0, 0, 0, err
	}
	if err := d.next(ctx); err != nil {
		return 0, 0, 0, err
	}
	var each []time.Duration
	for i := range polls {
		progress("%d series, refresh %d", series, i+1)
		took, err := d.refresh(ctx)
		if err != nil {
			return 0, 0, 0, err
		}
		each = append(each, took)
	}
	if err := idle(ctx, 10*time.Second); err != nil {
		return 0, 0, 0, err
	}
	resting, peak, err = d.memory()
	return median(each), resting, peak, err
}

// refresh answers a poll that has asked, waits for the poll after it, and scrapes.
func (d *daemon) refresh(ctx context.Context) (time.Duration, error) {
	before, err := d.cpu()
	if err != nil {
		return 0, err
	}
	d.answer <- struct{}{}
	if err := d.next(ctx); err != nil {
		return 0, err
	}
	after, err := d.cpu()
	if err != nil {
		return 0, err
	}
	_, err = fetch(ctx, d.url, gzipped)
	return after - before, err
}

// measureIdle compares the resident sizes of small exporters some time after ten scrapes.
func (b *bench) measureIdle(ctx context.Context) error {
	var ratios []float64
	for range 3 {
		d, err := startDaemon(ctx, daemonOptions{binary: b.exporter, report: seriesReport(idleSeries), series: idleSeries})
		if err != nil {
			return err
		}
		defer d.close()
		if err := d.first(ctx, idleSeries); err != nil {
			return err
		}
		least, err := b.startMinimal(ctx)
		if err != nil {
			return err
		}
		defer least.stop()
		own, err := idleSize(ctx, d.process)
		if err != nil {
			return err
		}
		other, err := idleSize(ctx, least)
		if err != nil {
			return err
		}
		ratios = append(ratios, own/other)
	}
	b.aim("idle RSS, of a minimal exporter's", median(ratios), 1.3, " ×")
	return nil
}

func idleSize(ctx context.Context, p *process) (float64, error) {
	for range 10 {
		if _, err := fetch(ctx, p.url, gzipped); err != nil {
			return 0, err
		}
	}
	if err := idle(ctx, 3*time.Second); err != nil {
		return 0, err
	}
	now, _, err := p.memory()
	return now, err
}

func (b *bench) startMinimal(ctx context.Context) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return launch(ctx, address, b.minimal, address)
}

func (b *bench) startBlackbox(ctx context.Context, dir string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "blackbox.yml")
	if err := os.WriteFile(config, []byte("modules: {http_2xx: {prober: http}}\n"), 0o600); err != nil {
		return nil, err
	}
	return launch(ctx, address, b.blackbox, "--config.file="+config, "--web.listen-address="+address)
}

// measureStarts compares the times from exec to the first successful scrape.
func (b *bench) measureStarts(ctx context.Context) error {
	o := daemonOptions{binary: b.exporter, report: seriesReport(storedSeries), series: storedSeries, storage: true}
	d, err := startDaemon(ctx, o)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.first(ctx, storedSeries); err != nil {
		return err
	}
	d.stop()
	stored, err := b.starts(ctx, storedSeries, func() (*process, error) { return d.run(ctx, o) })
	if err != nil {
		return err
	}
	b.aim("exec to scrape of "+grouped(storedSeries)+" stored series", stored.Seconds()*1e3, 100, " ms")
	if b.blackbox == "" {
		return nil
	}
	o.storage = false
	own, err := b.starts(ctx, 0, func() (*process, error) { return d.run(ctx, o) })
	if err != nil {
		return err
	}
	other, err := b.starts(ctx, 0, func() (*process, error) { return b.startBlackbox(ctx, d.dir) })
	b.aim("exec to scrape, of blackbox_exporter's", own.Seconds()/other.Seconds(), 1, " ×")
	return err
}

// starts starts a program again and again, and returns the median time. It has to serve so many series.
func (b *bench) starts(ctx context.Context, series int, start func() (*process, error)) (time.Duration, error) {
	var each []time.Duration
	for range 3 * b.rounds {
		p, err := start()
		if err != nil {
			return 0, err
		}
		got, err := fetch(ctx, p.url, gzipped)
		p.stop()
		if err == nil && got.series != series {
			err = fmt.Errorf("%s starts with %d series, not %d", p, got.series, series)
		}
		if err != nil {
			return 0, err
		}
		each = append(each, p.ready)
	}
	return median(each), nil
}
