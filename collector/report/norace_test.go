//go:build !race

package report

// bigRows is how many rows the test of memory reads.
const bigRows = 1_000_000
