package main

import (
	"bufio"
	"io"
	"strconv"
)

// The one family that every variant serves. Its lines have some 113 bytes.
const (
	familyName = "statsig_usage_billable_events"
	familyHelp = "Billable events."
	project    = "ios-store"
	window     = "day"
)

// labelNames are the labels of the family, in the order of labelValues.
func labelNames() []string { return []string{"event_name", "project", "window"} }

func labelValues(i int) []string { return []string{eventName(i), project, window} }

// mix spreads a number over all bits, always in the same way: series have to be
// the same in each process and each run, and not so regular that they compress
// better than real ones.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// eventName returns the name of event i. Names of different i differ.
func eventName(i int) string {
	words := [8]string{"checkout", "experiment", "navigation", "subscribe", "recommended", "onboarding", "notification", "search"}
	h := mix(uint64(i))
	digits := strconv.Itoa(100_000_000 + i)[1:]
	return words[h&7] + "_" + words[h>>3&7] + "_" + digits
}

// value returns what series i is worth in the report of poll number poll.
func value(i, poll int) float64 {
	return float64(mix(uint64(i)<<20|uint64(poll)) % 1_000_000)
}

// writeSeries writes the report of a poll that becomes n series.
func writeSeries(w io.Writer, n, poll int) error {
	to := bufio.NewWriterSize(w, 64<<10)
	line := []byte("event_name,billable_events\n")
	for i := range n {
		if _, err := to.Write(line); err != nil {
			return err
		}
		line = append(append(line[:0], eventName(i)...), ',')
		line = append(strconv.AppendFloat(line, value(i, poll), 'f', -1, 64), '\n')
	}
	if _, err := to.Write(line); err != nil {
		return err
	}
	return to.Flush()
}
