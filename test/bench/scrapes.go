package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// load is how the servers are scraped.
type load struct {
	series   int
	encoding string
	scrapers int
}

// loads are all that are compared with so many series.
func loads(n int) []load {
	all := []load{{n, gzipped, 1}, {n, identity, 1}}
	if n == 100_000 {
		all = append(all, load{n, gzipped, 8})
	}
	return all
}

// servers are compared, in the order of the tables.
func servers() []string { return []string{ours, gaugeVec, static} }

// compareScrapes scrapes all servers with each number of series.
func (b *bench) compareScrapes(ctx context.Context) error {
	measured := map[load]map[string]round{}
	var sizes []int
	for n := 1000; n <= b.largest; n *= 10 {
		sizes = append(sizes, n)
		if err := b.scrapeAll(ctx, n, measured); err != nil {
			return fmt.Errorf("%d series: %w", n, err)
		}
	}
	for _, encoding := range []string{gzipped, identity} {
		b.tables = append(b.tables, scrapeTable(encoding, sizes, measured))
	}
	b.scrapeTargets(sizes, measured)
	return nil
}

// scrapeAll runs all servers with n series at the same time and scrapes them in turn.
func (b *bench) scrapeAll(ctx context.Context, n int, measured map[load]map[string]round) error {
	d, err := startDaemon(ctx, daemonOptions{binary: b.exporter, report: seriesReport(n), series: n})
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.first(ctx, n); err != nil {
		return err
	}
	running := map[string]*process{ours: d.process}
	for _, name := range servers()[1:] {
		p, err := b.start(ctx, name, n, d)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if p != nil {
			defer p.stop()
			running[name] = p
		}
	}
	for _, l := range loads(n) {
		if measured[l], err = b.interleave(ctx, running, l); err != nil {
			return fmt.Errorf("%s: %w", l.encoding, err)
		}
	}
	return b.countAllocations(ctx, d.process, n)
}

// start starts another server than the exporter, or returns nil if it is not there.
func (b *bench) start(ctx context.Context, name string, n int, d *daemon) (*process, error) {
	if name == static {
		if b.nginx == "" {
			return nil, nil
		}
		return startNginx(ctx, b.nginx, d.dir, d.process)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return launch(ctx, address, b.self, "serve", strconv.Itoa(n), address)
}

// interleave runs the rounds of one load: each server once, then again.
func (b *bench) interleave(ctx context.Context, running map[string]*process, l load) (map[string]round, error) {
	progress("%d series, %s, %d at a time", l.series, l.encoding, l.scrapers)
	rounds := map[string][]round{}
	for i := range b.rounds {
		for name, p := range running {
			if i == 0 {
				if got, err := fetch(ctx, p.url, l.encoding); err != nil || got.series != l.series {
					return nil, fmt.Errorf("%s: %d series: %w", name, got.series, err)
				}
			}
			r, err := scrapeFor(ctx, p, l.encoding, l.scrapers)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			rounds[name] = append(rounds[name], r)
		}
	}
	medians := map[string]round{}
	for name, all := range rounds {
		medians[name] = medianRound(all)
	}
	return medians, nil
}

// countAllocations counts them between two pages of the exporter itself. Their numbers may be a second old, unless nobody has
// asked for a second.
func (b *bench) countAllocations(ctx context.Context, p *process, n int) error {
	const scrapes = 50
	var mallocs [2]float64
	for i := range mallocs {
		if err := idle(ctx, roundTime*5/2); err != nil {
			return err
		}
		got, err := fetch(ctx, p.url, gzipped)
		if err != nil {
			return err
		}
		mallocs[i] = got.mallocs
		client := newScraper()
		defer client.CloseIdleConnections()
		for range scrapes {
			if _, err := scrape(ctx, client, p.url, gzipped); err != nil {
				return err
			}
		}
	}
	b.aim("allocations a scrape of "+grouped(int64(n))+" series", (mallocs[1]-mallocs[0])/(scrapes+1), 400, "")
	return nil
}

// scrapeTable shows the CPU of a scrape, and in parentheses this exporter's part of it.
func scrapeTable(encoding string, sizes []int, measured map[load]map[string]round) table {
	t := table{title: "Server CPU a scrape, " + encoding, header: []string{"server"}}
	for _, n := range sizes {
		t.header = append(t.header, grouped(int64(n))+" series")
	}
	for _, name := range servers() {
		row := []string{name}
		for _, n := range sizes {
			all := measured[load{n, encoding, 1}]
			r, ok := all[name]
			switch {
			case !ok:
				row = append(row, "–")
			case name == ours:
				row = append(row, showTime(r.cpu))
			default:
				row = append(row, fmt.Sprintf("%s (%s ×)", showTime(r.cpu), digits(all[ours].cpu.Seconds()/r.cpu.Seconds())))
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// aim adds a figure and the most that it should be.
func (b *bench) aim(what string, got, most float64, units string) {
	b.targets = append(b.targets, target{what, got, most, units})
}

// scrapeTargets bound what the scrapes of this exporter cost.
func (b *bench) scrapeTargets(sizes []int, measured map[load]map[string]round) {
	for _, one := range []struct {
		other    string
		series   int
		encoding string
		most     float64
	}{
		{gaugeVec, 1000, gzipped, 0.06},
		{gaugeVec, 10_000, gzipped, 0.006},
		{gaugeVec, 100_000, gzipped, 0.001},
		{gaugeVec, 1_000_000, gzipped, 0.0005},
		{static, 1000, identity, 3},
		{static, 100_000, gzipped, 1.25},
		{static, 1_000_000, gzipped, 1},
	} {
		all := measured[load{one.series, one.encoding, 1}]
		if other, ok := all[one.other]; ok {
			what := fmt.Sprintf("server CPU a scrape of %s series, %s, of %s", grouped(int64(one.series)), one.encoding, one.other)
			b.aim(what, all[ours].cpu.Seconds()/other.cpu.Seconds(), one.most, " ×")
		}
	}
	for _, n := range sizes {
		if all := measured[load{n, gzipped, 1}]; n >= 100_000 { // with fewer the exporter's own metrics weigh too much
			b.aim("bytes of a gzip body of "+grouped(int64(n))+" series, of promhttp's", float64(all[ours].size)/float64(all[gaugeVec].size), 1.1, " ×")
		}
	}
	if all := measured[load{100_000, gzipped, 8}]; slices.Contains(sizes, 100_000) && all[static].rate > 0 {
		b.aim("scrapes a second of nginx by those of this exporter, 100,000 series, 8 scrapers", all[static].rate/all[ours].rate, 1/0.8, " ×")
		b.aim("99th percentile of a scrape, of nginx's, 100,000 series, 8 scrapers", all[ours].p99.Seconds()/all[static].p99.Seconds(), 1.5, " ×")
	}
}
