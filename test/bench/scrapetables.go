package main

import (
	"fmt"
	"strconv"
)

// tables are those of the scrapes. A ratio says how much of the row's figure this
// exporter's is, or for rates how much of this exporter's the row's is: less is
// better for this exporter everywhere.
func (all *scrapeResults) tables() []table {
	var tables []table
	o := all.options
	for _, scrapers := range o.scrapers {
		for _, encoding := range o.encodings {
			t := table{title: fmt.Sprintf("Server CPU a scrape, %s, %s", encoding, scraperCount(scrapers)), header: []string{"server"}}
			if scrapers > 1 {
				t.title = fmt.Sprintf("Scrapes a second and 99th percentile, %s, %s", encoding, scraperCount(scrapers))
			}
			sizes := all.sizes(scrapers)
			for _, n := range sizes {
				t.header = append(t.header, grouped(int64(n))+" series")
			}
			for _, name := range o.variants {
				if row := all.row(cell{name, 0, encoding, scrapers}, sizes); row != nil {
					t.rows = append(t.rows, row)
				}
			}
			if len(sizes) > 0 {
				tables = append(tables, t)
			}
		}
	}
	return append(tables, all.footprintTable())
}

func scraperCount(n int) string {
	if n == 1 {
		return "one scraper"
	}
	return strconv.Itoa(n) + " scrapers"
}

// sizes are those that so many scrapers were tried with.
func (all *scrapeResults) sizes(scrapers int) []int {
	var sizes []int
	for _, n := range all.options.sizes {
		if scrapers == 1 || n <= all.options.concurrentLimit {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// row is one line of a table, or nil if nothing was measured.
func (all *scrapeResults) row(c cell, sizes []int) []string {
	row := []string{variantTitle(c.variant)}
	found := false
	for _, n := range sizes {
		c.series = n
		r, ok := all.rounds[c]
		if !ok {
			row = append(row, "–")
			continue
		}
		found = true
		row = append(row, all.show(c, r))
	}
	if !found {
		return nil
	}
	return row
}

// show shows a figure, beside how this exporter's compares with it.
func (all *scrapeResults) show(c cell, r round) string {
	ours, compared := all.rounds[cell{exporter, c.series, c.encoding, c.scrapers}]
	compared = compared && c.variant != exporter
	if c.scrapers == 1 {
		text := showTime(r.cpu)
		if compared {
			text += " (" + showRatio(ours.cpu.Seconds(), r.cpu.Seconds()) + ")"
		}
		return text
	}
	rate, p99 := digits(r.rate)+"/s", showTime(r.p99)
	if compared {
		rate += " (" + showRatio(r.rate, ours.rate) + ")"
		p99 += " (" + showRatio(ours.p99.Seconds(), r.p99.Seconds()) + ")"
	}
	return rate + ", " + p99
}

func (all *scrapeResults) footprintTable() table {
	o := all.options
	t := table{
		title:  "Body, allocations and memory, " + o.encodings[0],
		header: []string{"series", "server", "body", "allocations a scrape", "RSS", "RSS a series", "peak RSS"},
	}
	for _, n := range o.sizes {
		for _, name := range o.variants {
			f, ok := all.footprints[cell{variant: name, series: n}]
			if !ok {
				continue
			}
			allocs := "–"
			if f.allocs > 0 {
				allocs = grouped(int64(f.allocs + 0.5))
			}
			body := all.rounds[cell{name, n, o.encodings[0], o.scrapers[0]}].size
			t.rows = append(t.rows, []string{
				grouped(int64(n)), variantTitle(name), showBytes(body), allocs,
				showBytes(f.memory), digits(float64(f.memory)/float64(n)) + " B", showBytes(f.peak),
			})
		}
	}
	return t
}

// targets are what the scrapes of this exporter may cost.
func (all *scrapeResults) targets() []target {
	var ts []target
	against := func(variant string, n int, most float64) {
		ours, ok := all.rounds[cell{exporter, n, gzipped, 1}]
		theirs, there := all.rounds[cell{variant, n, gzipped, 1}]
		if ok && there {
			what := fmt.Sprintf("server CPU a scrape of %s series, of that of %s", grouped(int64(n)), variantTitle(variant))
			ts = append(ts, target{what, ours.cpu.Seconds() / theirs.cpu.Seconds(), most, " ×"})
		}
	}
	against(gaugeVec, 1000, 0.06)
	against(gaugeVec, 10_000, 0.006)
	against(gaugeVec, 100_000, 0.001)
	against(gaugeVec, 1_000_000, 0.0005)
	against(static, 100_000, 1.25)
	against(static, 1_000_000, 1)
	for _, n := range all.options.sizes {
		ours, theirs := all.rounds[cell{exporter, n, gzipped, 1}].size, all.rounds[cell{gaugeVec, n, gzipped, 1}].size
		if n >= 100_000 && theirs > 0 { // with fewer the exporter's own metrics weigh too much
			ts = append(ts, target{fmt.Sprintf("bytes of a gzip body of %s series, of promhttp's", grouped(int64(n))), float64(ours) / float64(theirs), 1.1, " ×"})
		}
		if f := all.footprints[cell{variant: exporter, series: n}]; f.allocs > 0 {
			ts = append(ts, target{fmt.Sprintf("allocations a scrape of %s series", grouped(int64(n))), f.allocs, 400, ""})
		}
	}
	ours, ok := all.rounds[cell{exporter, 100_000, gzipped, 8}]
	theirs, there := all.rounds[cell{static, 100_000, gzipped, 8}]
	if ok && there {
		ts = append(ts,
			target{"scrapes a second of nginx by those of this exporter, 100,000 series, 8 scrapers", theirs.rate / ours.rate, 1 / 0.8, " ×"},
			target{"99th percentile of a scrape, of nginx's, 100,000 series, 8 scrapers", ours.p99.Seconds() / theirs.p99.Seconds(), 1.5, " ×"})
	}
	return ts
}
