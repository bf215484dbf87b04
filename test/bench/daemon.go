package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// refreshed is what an exporter took to refresh, several times.
type refreshed struct {
	cpu     time.Duration // a refresh: from the answer of the API until the next poll
	resting int64         // resident bytes some time after the last one
	peak    int64         // at most
}

// measureRefreshes lets an exporter poll so many times, with a scrape after each.
// The first poll is not counted: roles are not known yet.
func measureRefreshes(ctx context.Context, o daemonOptions, series, polls int) (refreshed, error) {
	o.interval = time.Second
	d, err := startDaemon(ctx, o)
	if err != nil {
		return refreshed{}, err
	}
	defer d.close()
	if err := d.first(ctx, series); err != nil {
		return refreshed{}, err
	}
	if err := d.api.next(ctx); err != nil {
		return refreshed{}, err
	}
	var each []time.Duration
	for i := range polls {
		progress("%d series, refresh %d", series, i+1)
		took, err := d.refresh(ctx)
		if err != nil {
			return refreshed{}, err
		}
		each = append(each, took)
	}
	r := refreshed{cpu: median(each)}
	if err := idle(ctx, 10*time.Second); err != nil {
		return r, err
	}
	r.resting, r.peak, err = d.memory()
	return r, err
}

// refresh answers a poll that has asked, waits for the one after it, and scrapes.
func (d *daemon) refresh(ctx context.Context) (time.Duration, error) {
	before, err := d.cpu()
	if err != nil {
		return 0, err
	}
	d.api.answer <- struct{}{}
	if err := d.api.next(ctx); err != nil {
		return 0, err
	}
	after, err := d.cpu()
	if err != nil {
		return 0, err
	}
	s := newScraper()
	defer s.close()
	_, err = s.scrape(ctx, d.url, gzipped)
	return after - before, err
}

// resourceOptions say what is measured.
type resourceOptions struct {
	programs programs
	series   int // of the exporter whose memory is measured
	rows     int // of the long report
	starts   int
}

// resourceResults are what processes need, beside what they answer.
type resourceResults struct {
	options  resourceOptions
	many     refreshed // of options.series
	refresh  refreshed // of refreshSeries
	gaugeVec round     // of refreshSeries, gzip
	long     refreshed // of a report with options.rows
	started  map[string]time.Duration
	idle     map[string]int64 // resident bytes
	binary   int64            // bytes
}

// refreshSeries is how many series a refresh is measured with.
const refreshSeries = 100_000

// measureResources measures memory, refreshes, starts and the size of the binary.
func measureResources(ctx context.Context, o resourceOptions) (*resourceResults, error) {
	r := &resourceResults{options: o}
	var err error
	series := func(n int) daemonOptions {
		return daemonOptions{
			binary: o.programs.exporter, series: n,
			report: func(w io.Writer, poll int) error { return writeSeries(w, n, poll) },
		}
	}
	if r.many, err = measureRefreshes(ctx, series(o.series), o.series, 3); err != nil {
		return nil, fmt.Errorf("memory of %d series: %w", o.series, err)
	}
	if r.refresh, err = measureRefreshes(ctx, series(refreshSeries), refreshSeries, 7); err != nil {
		return nil, fmt.Errorf("refresh of %d series: %w", refreshSeries, err)
	}
	if r.gaugeVec, err = gaugeVecScrape(ctx, o.programs); err != nil {
		return nil, fmt.Errorf("scrape of a GaugeVec: %w", err)
	}
	long := daemonOptions{
		binary: o.programs.exporter, series: everything,
		report: func(w io.Writer, poll int) error { return writeRows(w, o.rows, poll) },
	}
	if r.long, err = measureRefreshes(ctx, long, rowSeries, 2); err != nil {
		return nil, fmt.Errorf("report of %d rows: %w", o.rows, err)
	}
	if err := r.measureIdle(ctx); err != nil {
		return nil, fmt.Errorf("idle: %w", err)
	}
	if err := r.measureStarts(ctx); err != nil {
		return nil, fmt.Errorf("starts: %w", err)
	}
	r.binary, err = sizeOf(o.programs.exporter)
	return r, err
}

// gaugeVecScrape measures what a scrape of a GaugeVec takes.
func gaugeVecScrape(ctx context.Context, ps programs) (round, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return round{}, err
	}
	p, err := launch(ctx, address, ps.self, "serve", gaugeVec, strconv.Itoa(refreshSeries), address)
	if err != nil {
		return round{}, err
	}
	defer p.stop()
	var all []round
	for range 7 {
		r, err := scrapeFor(ctx, p, load{encoding: gzipped, scrapers: 1})
		if err != nil {
			return round{}, err
		}
		all = append(all, r)
	}
	return medianRound(all), nil
}
