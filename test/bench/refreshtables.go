package main

import (
	"fmt"
)

// table shows what the ways took, and their part of encoding/csv's.
func (all *refreshResults) table() table {
	t := table{
		title:  fmt.Sprintf("From report to sums: %s rows, %s", grouped(int64(all.rows)), showBytes(all.bytes)),
		header: []string{"way", "CPU", "of encoding/csv", "a second of CPU", "allocations a row", "peak RSS"},
	}
	base, based := all.taken[byEncodingCSV]
	for _, w := range all.ways {
		took := all.taken[w.name]
		allocs, part := "–", "–"
		if took.allocs > 0 {
			allocs = digits(took.allocs)
		}
		if based {
			part = showRatio(took.cpu.Seconds(), base.cpu.Seconds())
		}
		rate := showBytes(int64(float64(all.bytes) / took.cpu.Seconds()))
		t.rows = append(t.rows, []string{w.title, showTime(took.cpu), part, rate, allocs, showBytes(took.peak)})
	}
	for _, note := range all.notes {
		t.notes = append(t.notes, "Note: "+note+".")
	}
	return t
}

// targets are what reading a report may cost.
func (all *refreshResults) targets() []target {
	base, ok := all.taken[byEncodingCSV]
	if !ok {
		return nil
	}
	var ts []target
	for _, one := range []struct {
		name, what string
		most       float64
	}{{byKnown, "mapping known", 0.6}, {byInferred, "roles inferred", 1.2}} {
		took := all.taken[one.name]
		ts = append(ts,
			target{"CPU from report to sums, of encoding/csv's, " + one.what, took.cpu.Seconds() / base.cpu.Seconds(), one.most, " ×"},
			target{"allocations a row, " + one.what, took.allocs, 0.1, ""})
	}
	return ts
}

// table shows what processes need.
func (r *resourceResults) table() table {
	n := float64(r.options.series)
	many, hundred := grouped(int64(r.options.series))+" series", grouped(refreshSeries)+" series"
	rows := [][]string{
		{many + ", gzip in use: RSS", showBytes(r.many.resting), digits(float64(r.many.resting)/n) + " B a series"},
		{many + ": peak RSS over refreshes", showBytes(r.many.peak), digits(float64(r.many.peak)/n) + " B a series"},
		{many + ": CPU of a refresh", showTime(r.many.cpu), ""},
		{hundred + ": CPU of a refresh", showTime(r.refresh.cpu), showRatio(r.refresh.cpu.Seconds(), r.gaugeVec.cpu.Seconds()) + " of a scrape below"},
		{hundred + ": CPU of a scrape of a GaugeVec, gzip", showTime(r.gaugeVec.cpu), ""},
		{"report of " + grouped(int64(r.options.rows)) + " rows: peak RSS over polls", showBytes(r.long.peak), ""},
		{"report of " + grouped(int64(r.options.rows)) + " rows: CPU of a poll, roles known", showTime(r.long.cpu), ""},
		{fmt.Sprintf("idle, %d series: RSS", idleSeries), showBytes(r.idle[exporter]), showRatio(float64(r.idle[exporter]), float64(r.idle[minimal])) + " of the next"},
		{"idle, a minimal client_golang exporter: RSS", showBytes(r.idle[minimal]), ""},
		{"binary, stripped", showBytes(r.binary), ""},
	}
	for _, one := range []struct{ name, what string }{
		{stored, "exec to scrape, " + grouped(storedSeries) + " stored series"},
		{exporter, "exec to scrape, nothing stored"},
		{blackbox, "exec to scrape, blackbox_exporter"},
		{minimal, "exec to scrape, a minimal client_golang exporter"},
	} {
		if took, ok := r.started[one.name]; ok {
			rows = append(rows, []string{one.what, showTime(took), ""})
		}
	}
	return table{title: "Memory, refreshes and starts", header: []string{"what", "measured", ""}, rows: rows}
}

// targets are what the exporter may need.
func (r *resourceResults) targets() []target {
	n := float64(r.options.series)
	var ts []target
	if r.options.series >= 1_000_000 { // with fewer the program itself weighs too much
		ts = append(ts,
			target{"bytes of RSS a series, " + grouped(int64(r.options.series)) + " series", float64(r.many.resting) / n, 120, ""},
			target{"bytes of peak RSS a series, " + grouped(int64(r.options.series)) + " series", float64(r.many.peak) / n, 250, ""})
	}
	ts = append(ts, []target{
		{"CPU of a refresh of " + grouped(refreshSeries) + " series, of a scrape of a GaugeVec", r.refresh.cpu.Seconds() / r.gaugeVec.cpu.Seconds(), 0.25, " ×"},
		{"peak RSS with a report of " + grouped(int64(r.options.rows)) + " rows", mebibytes(r.long.peak), 64, " MiB"},
		{"idle RSS, of a minimal exporter's", float64(r.idle[exporter]) / float64(r.idle[minimal]), 1.1, " ×"},
		{"binary", mebibytes(r.binary), 20, " MiB"},
		{"exec to scrape of " + grouped(storedSeries) + " stored series", r.started[stored].Seconds() * 1e3, 100, " ms"},
	}...)
	if theirs, ok := r.started[blackbox]; ok {
		ts = append(ts, target{"exec to scrape, of blackbox_exporter's", float64(r.started[exporter]) / float64(theirs), 1, " ×"})
	}
	return ts
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
