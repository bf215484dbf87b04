package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"
)

// scrapeOptions say what is compared.
type scrapeOptions struct {
	programs        programs
	sizes           []int
	variants        []string
	encodings       []string
	scrapers        []int
	concurrentLimit int // no more series than that for more than one scraper
	rounds          int
	roundTime       time.Duration
}

// cell is what was measured of one variant under one load.
type cell struct {
	variant  string
	series   int
	encoding string
	scrapers int
}

// footprint is what a variant needed for its first encoding.
type footprint struct {
	allocs       float64 // a scrape; 0 where the server does not say
	memory, peak int64
}

// scrapeResults are medians over the rounds.
type scrapeResults struct {
	options    scrapeOptions
	rounds     map[cell]round
	footprints map[cell]footprint // with encoding and scrapers left out
}

// compareScrapes measures every variant at every size.
func compareScrapes(ctx context.Context, o scrapeOptions) (*scrapeResults, error) {
	all := &scrapeResults{options: o, rounds: map[cell]round{}, footprints: map[cell]footprint{}}
	for _, n := range o.sizes {
		progress("%d series", n)
		if err := all.size(ctx, n); err != nil {
			return nil, fmt.Errorf("%d series: %w", n, err)
		}
	}
	return all, nil
}

// size measures all variants with n series. They run at the same time, and are
// scraped in turn.
func (all *scrapeResults) size(ctx context.Context, n int) error {
	o := all.options
	servers, end, err := startVariants(ctx, o, n)
	defer end()
	if err != nil {
		return err
	}
	for i, encoding := range o.encodings {
		for _, scrapers := range o.scrapers {
			if scrapers == 1 || n <= o.concurrentLimit {
				l := load{encoding: encoding, scrapers: scrapers, atLeast: o.roundTime}
				if err := all.interleave(ctx, servers, n, l); err != nil {
					return err
				}
			}
		}
		if i > 0 {
			continue
		}
		for _, name := range o.variants {
			if servers[name] == nil {
				continue
			}
			f, err := measureFootprint(ctx, servers[name], load{encoding: encoding, scrapers: 1, atLeast: o.roundTime})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all.footprints[cell{variant: name, series: n}] = f
		}
	}
	return nil
}

// interleave runs the rounds of one load: each variant once, then again.
func (all *scrapeResults) interleave(ctx context.Context, servers map[string]*process, n int, l load) error {
	progress("%d series, %s, %d at a time", n, l.encoding, l.scrapers)
	measured := map[string][]round{}
	for i := range all.options.rounds {
		for _, name := range all.options.variants {
			p := servers[name]
			if p == nil || (name == static && l.encoding == zstded) { // nginx has no zstd
				continue
			}
			if i == 0 {
				got, err := fetch(ctx, p.url, l.encoding)
				if err == nil && got.series != n {
					err = fmt.Errorf("%d series, not %d", got.series, n)
				}
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, l.encoding, err)
				}
			}
			r, err := scrapeFor(ctx, p, l)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", name, l.encoding, err)
			}
			measured[name] = append(measured[name], r)
		}
	}
	for name, rounds := range measured {
		all.rounds[cell{name, n, l.encoding, l.scrapers}] = medianRound(rounds)
	}
	return nil
}

// measureFootprint counts allocations between two pages of the server itself.
// Their numbers may be a second old, unless nobody has asked for a second.
func measureFootprint(ctx context.Context, p *process, l load) (footprint, error) {
	var f footprint
	var err error
	if f.memory, f.peak, err = p.memory(); err != nil {
		return f, err
	}
	before, err := fetchFresh(ctx, p, l.encoding)
	if err != nil || before.mallocs == 0 {
		return f, err
	}
	scrapes := 1 // the one that fetches them again
	s := newScraper()
	defer s.close()
	for begun := time.Now(); time.Since(begun) < l.atLeast; scrapes++ {
		if _, err := s.scrape(ctx, p.url, l.encoding); err != nil {
			return f, err
		}
	}
	after, err := fetchFresh(ctx, p, l.encoding)
	f.allocs = (after.mallocs - before.mallocs) / float64(scrapes)
	return f, err
}

func fetchFresh(ctx context.Context, p *process, encoding string) (page, error) {
	if err := idle(ctx, 1100*time.Millisecond); err != nil {
		return page{}, err
	}
	return fetch(ctx, p.url, encoding)
}

// idle lets time pass.
func idle(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// startVariants starts what is to be compared, each with n series, and returns
// how to end it, also with an error. The exporter comes first: nginx serves its
// bytes.
func startVariants(ctx context.Context, o scrapeOptions, n int) (servers map[string]*process, end func(), err error) {
	servers = map[string]*process{}
	var ends []func()
	end = func() {
		for _, f := range slices.Backward(ends) {
			f()
		}
	}
	d, err := startDaemon(ctx, daemonOptions{
		binary: o.programs.exporter, series: n, interval: time.Hour,
		report: func(w io.Writer, poll int) error { return writeSeries(w, n, poll) },
	})
	if err != nil {
		return nil, end, err
	}
	ends = append(ends, d.close)
	if err := d.first(ctx, n); err != nil {
		return nil, end, err
	}
	servers[exporter] = d.process
	for _, name := range o.variants {
		if name == exporter || (name == static && o.programs.nginx == "") {
			continue
		}
		p, err := o.programs.start(ctx, name, n, d)
		if err != nil {
			return nil, end, err
		}
		ends = append(ends, p.stop)
		servers[name] = p
	}
	return servers, end, nil
}

// start starts a variant other than the exporter, which d is.
func (ps programs) start(ctx context.Context, name string, n int, d *daemon) (*process, error) {
	if name == static {
		dir, err := os.MkdirTemp(d.dir, "nginx")
		if err != nil {
			return nil, err
		}
		return startNginx(ctx, ps.nginx, dir, d.process)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return launch(ctx, address, ps.self, "serve", name, strconv.Itoa(n), address)
}
